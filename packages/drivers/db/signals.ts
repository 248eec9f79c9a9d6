/**
 * A word to everybody on this database, this server included. It carries no data that counts: whoever hears it looks
 * into the tables. It may be lost (a connection that broke) and may come twice; whoever listens also looks once a second
 * where others may write.
 *
 * SQLite: within the process. PostgreSQL: LISTEN on a connection of its own and NOTIFY outside of transactions, because
 * within one it takes a lock over the whole database at COMMIT; words of one channel are put together for
 * `COALESCE_MS`.
 */
export interface Signals {
  /** Says a word, after what it is about is committed. Never throws and waits for nothing. @param word at most 1,000 characters */
  tell(channel: Channel, word: string): void

  /**
   * Hears words of this and of other servers, each at least `''` after a connection was lost and came back.
   *
   * @returns stops listening
   */
  listen(channel: Channel, heard: (word: string) => void): () => void
}

/** `log`: the last position of the log. `subscriptions`: a workspace's key. `streams`: what a live stream should send. */
export type Channel = 'log' | 'subscriptions' | 'streams'

export const COALESCE_MS = 5

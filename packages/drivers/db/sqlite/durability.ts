import type { Syncer } from './sync.ts'

/**
 * Tells when what is committed is durable. One sync runs at a time and covers all COMMITs before its start; those
 * that came later share the next one.
 */
export class Durability {
  readonly #syncer: Syncer
  readonly #onFatal: (error: Error) => void
  #commits = 0
  #synced = 0
  #isSyncing = false
  #failure: Error | undefined
  #waiting: { readonly commit: number; readonly deliver: (failure?: Error) => void }[] = []

  constructor(syncer: Syncer, onFatal: (error: Error) => void) {
    this.#syncer = syncer
    this.#onFatal = onFatal
  }

  /** A COMMIT has written something. */
  committed(): void {
    this.#commits += 1
  }

  /** Calls back once everything committed so far is durable: at once where it is already. */
  after(deliver: (failure?: Error) => void): void {
    if (this.#failure !== undefined || this.#synced === this.#commits) {
      deliver(this.#failure)
      return
    }
    this.#waiting.push({ commit: this.#commits, deliver })
    if (!this.#isSyncing) void this.#sync()
  }

  async #sync(): Promise<void> {
    this.#isSyncing = true
    try {
      while (this.#waiting.length > 0) {
        const covers = this.#commits
        await this.#syncer.sync()
        this.#synced = covers
        this.#deliver((commit) => commit <= covers)
      }
    } catch (error) {
      this.#failure = error as Error
      this.#deliver(() => true)
      this.#onFatal(this.#failure)
    } finally {
      this.#isSyncing = false
    }
  }

  #deliver(isDue: (commit: number) => boolean): void {
    const due = this.#waiting.filter(({ commit }) => isDue(commit))
    this.#waiting = this.#waiting.slice(due.length)
    for (const { deliver } of due) deliver(this.#failure)
  }
}

import { closeSync, fsyncSync, openSync } from 'node:fs'
import { Thread } from './thread.ts'

/** Brings to the platter what has been written to the WAL. Asked for one sync at a time. */
export interface Syncer {
  /** Resolves when everything written before this call would survive power loss. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Only for tests and throw-away data: answers go out as soon as the operating system has the bytes. */
export const noSync: Syncer = { sync: async () => {}, close: async () => {} }

/*
 * The sync has a thread of its own rather than a place in libuv's pool: there, 16 password hashes made it wait
 * for 2.2 s.
 */
export function threadSyncer(walFile: string): Syncer {
  const thread = new Thread<'sync', void>(new URL('./sync-thread.ts', import.meta.url), { walFile })
  return { sync: () => thread.ask('sync'), close: () => thread.close() }
}

/** Blocks until a file is safe, or a folder's entries: those of new files are not until their folder is synced. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

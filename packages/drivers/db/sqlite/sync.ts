import { closeSync, fsyncSync, openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Brings to the platter what has been written to the WAL. Asked for one sync at a time. */
export interface Syncer {
  /** Resolves when everything written before this call would survive power loss. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** A folder's entry for a new file is only safe once the folder itself is synced. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Only for tests and throw-away data: answers go out as soon as the operating system has the bytes. */
export const noSync: Syncer = { sync: async () => {}, close: async () => {} }

/*
 * The sync has a thread of its own rather than a place in libuv's pool: there, 16 password hashes made it wait
 * for 2.2 s. The thread starts with the first write.
 */
export function threadSyncer(walFile: string): Syncer {
  let worker: Worker | undefined
  let waiting: { resolve: () => void; reject: (error: Error) => void } | undefined

  function settle(error?: Error): void {
    const asked = waiting
    waiting = undefined
    if (error === undefined) asked?.resolve()
    else asked?.reject(error)
  }

  function start(): Worker {
    const started = new Worker(new URL('./sync-thread.ts', import.meta.url), {
      workerData: { walFile },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    })
    started.on('message', (failure: string | null) =>
      settle(failure === null ? undefined : new Error(failure)),
    )
    started.on('error', (error) => settle(error as Error))
    started.on('exit', () => settle(new Error('the thread that syncs the WAL has ended')))
    return started
  }

  return {
    sync() {
      worker ??= start()
      worker.postMessage('sync')
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
      })
    },
    async close() {
      worker?.removeAllListeners('exit')
      await worker?.terminate()
    },
  }
}

import { workerData } from 'node:worker_threads'
import { Connection } from './connection.ts'
import { serve } from './thread.ts'

export type CheckpointMode = 'passive' | 'restart' | 'truncate'

/** How long RESTART and TRUNCATE wait for readers. The loop waits with them. */
const BUSY_TIMEOUT_MS = 100

const { file } = workerData as { file: string }
const { database } = new Connection(file, { readOnly: false, cacheKib: 1024, timeoutMs: BUSY_TIMEOUT_MS })

/** Answers whether nobody stood in the way. */
serve<CheckpointMode, boolean>((mode) => {
  return database.prepare(`pragma wal_checkpoint(${mode})`).get()?.busy === 0
})

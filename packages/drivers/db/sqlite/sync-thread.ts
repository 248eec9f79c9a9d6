import { fdatasyncSync, openSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { serve } from './thread.ts'

/*
 * Opened once and kept: no lock of SQLite lives on the WAL, so a second descriptor of this process is harmless, and
 * the file stays the same one from the first write to the close (checkpoints begin it again or truncate it, they do not replace it).
 */
const wal = openSync((workerData as { walFile: string }).walFile, 'r')

serve<'sync', void>(() => fdatasyncSync(wal))

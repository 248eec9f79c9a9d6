import { fdatasyncSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

/*
 * Opened once and kept: no lock of SQLite lives on the WAL, so a second descriptor of this process is harmless, and
 * the file stays the same one from the first write to the close (checkpoints truncate it, they do not replace it).
 */
const fd = openSync((workerData as { walFile: string }).walFile, 'r')

parentPort!.on('message', () => {
  try {
    fdatasyncSync(fd)
    parentPort!.postMessage(null)
  } catch (error) {
    parentPort!.postMessage((error as Error).message)
  }
})

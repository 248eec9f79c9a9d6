import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import { syncPath } from './sync.ts'
import { serve } from './thread.ts'

/** In one step: a copy in several starts again whenever somebody writes in between. */
const ALL_PAGES = 2 ** 31 - 1

const { file } = workerData as { file: string }

/** Copies to `partial`, makes the copy one self-contained file, checks every page, syncs, and gives it its name. */
serve<{ partial: string; toFile: string }, void>(async ({ partial, toFile }) => {
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  await backup(source, partial, { rate: ALL_PAGES })
  source.close()
  const copy = new DatabaseSync(partial)
  copy.exec('pragma journal_mode = delete')
  const verdict = String(copy.prepare('pragma integrity_check(1)').get()?.integrity_check)
  copy.close()
  if (verdict !== 'ok') throw new Error(`the copy of the database is damaged: ${verdict.split('\n').at(-1)}`)
  syncPath(partial)
  renameSync(partial, toFile)
  syncPath(dirname(toFile))
})

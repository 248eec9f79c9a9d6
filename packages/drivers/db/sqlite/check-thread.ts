import { DatabaseSync } from 'node:sqlite'
import { syncPath } from './sync.ts'
import { serve } from './thread.ts'

/** Makes a copy one self-contained file, checks every page of it and syncs it. Answers 'ok' or what is wrong. */
serve<string, string>((file) => {
  const copy = new DatabaseSync(file)
  copy.exec('pragma journal_mode = delete')
  const verdict = copy.prepare('pragma integrity_check(1)').get()?.integrity_check
  copy.close()
  syncPath(file)
  return String(verdict)
})

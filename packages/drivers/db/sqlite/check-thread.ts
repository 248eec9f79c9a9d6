import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { serve } from './thread.ts'

/** Makes a copy one self-contained file, checks every page of it and syncs it. Answers 'ok' or what is wrong. */
serve<string, string>((file) => {
  const copy = new DatabaseSync(file)
  copy.exec('pragma journal_mode = delete')
  const verdict = copy.prepare('pragma integrity_check(1)').get()?.integrity_check
  copy.close()
  const fd = openSync(file, 'r')
  fsyncSync(fd)
  closeSync(fd)
  return String(verdict)
})

import { createHash } from 'node:crypto'
import { FILE_PLACE } from './check.ts'
import type { Cell } from './ledger.ts'

/* How what the server keeps is told in cells; the load writes these and the reading back finds them. */

/** The tags of a run that the ledger made, both with its mark as value: a run with one of them is half a run. */
export const MARK_TAGS = ['ledger.mark', 'ledger.mark.again'] as const

export const markCell = (mark: string, tag: string, runId: string): Cell => ({
  place: `run ${mark} ${tag}`,
  content: runId,
})

export const pointCell = (runId: string, key: string, step: number, value: number): Cell => ({
  place: `point ${runId} ${key} ${step}`,
  content: String(value),
})

export const paramCell = (runId: string, key: string, value: string): Cell => ({
  place: `param ${runId} ${key}`,
  content: value,
})

/** Tags that begin with `now.` are set again and again. */
export const tagCell = (runId: string, key: string, value: string): Cell => ({
  place: `tag ${runId} ${key}`,
  content: value,
  ...(key.startsWith('now.') ? { rewritable: true } : {}),
})

export const fileCell = (runId: string, path: string, bytes: Buffer): Cell => ({
  place: `${FILE_PLACE}${runId} ${path}`,
  content: digestOf(bytes),
  rewritable: true,
})

export const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

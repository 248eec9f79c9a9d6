import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Corpus } from './corpus.ts'
import type { Answer, Question } from './question.ts'

/** MLflow's answers to fixed questions about the corpus, as they lie in the repository. */
export interface Recording {
  readonly mlflow: string
  readonly corpus: Corpus
  readonly questions: readonly Question[]
  readonly answers: readonly Answer[]
}

const FILE = join(import.meta.dirname, '../recorded/filters.json.gz')

export function readRecording(): Recording {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString())
}

/** @returns the size of the file in bytes */
export function writeRecording(recording: Recording): number {
  const packed = gzipSync(JSON.stringify(recording), { level: 9 })
  writeFileSync(FILE, packed)
  return packed.length
}

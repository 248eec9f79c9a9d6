import { workerData } from 'node:worker_threads'
import type { Value } from '../bulk.ts'
import { Connection } from './connection.ts'
import { blocksOf, type Columns, GO_ON, type ToReader, toColumns } from './reader-messages.ts'
import { serve } from './thread.ts'

export interface ReaderData {
  readonly file: string
  readonly cacheKib: number
  /** One Int32: 1 while the running scan is to stop. */
  readonly stop: SharedArrayBuffer
}

const { file, cacheKib, stop } = workerData as ReaderData
const isStopped = new Int32Array(stop)
const connection = new Connection(file, { readOnly: true, cacheKib, timeoutMs: 5_000 })
const { database } = connection

database.function(GO_ON, { deterministic: false }, () => {
  goOnOrThrow()
  return 1
})

function goOnOrThrow(): void {
  if (Atomics.load(isStopped, 0) === 1) throw new Error('the scan was stopped')
}

function answer(message: ToReader): Columns {
  if (message.type === 'end') {
    if (database.isTransaction) database.exec('commit')
    return toColumns([], [])
  }
  goOnOrThrow()
  if (!database.isTransaction) database.exec('begin')
  const prepared = connection.prepare(message.sql)
  if (message.type === 'all') return toColumns(prepared.names, prepared.allArrays(message.values))
  const found: Value[][] = []
  const absent: number[] = []
  const { count, width, values } = message.bindings
  const bound: Value[] = new Array(width)
  for (let i = 0; i < count; i++) {
    goOnOrThrow()
    for (let j = 0; j < width; j++) bound[j] = values[i * width + j]!
    const row = prepared.firstArray(bound)
    if (row === undefined) absent.push(i)
    else found.push(row)
  }
  return { ...toColumns(prepared.names, found), ...(absent.length > 0 ? { absent } : {}) }
}

serve(answer, blocksOf)

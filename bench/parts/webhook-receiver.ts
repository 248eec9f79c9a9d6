/*
 * A receiver of webhooks in a process of its own. Says its port first; told 'reset' it forgets, told 'report' it says how
 * many events have come since and the 99th percentile of how long they took, in ms from the moment they were due.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceiverReport {
  readonly events: number
  readonly requests: number
  readonly p99: number
  /** From the first event to the last, in ms. */
  readonly tookMs: number
}

let latencies: number[] = []
let requests = 0
let first = 0
let last = 0

const now = () => performance.timeOrigin + performance.now()

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    response.end()
    const at = now()
    if (first === 0) first = at
    last = at
    requests += 1
    const parsed = JSON.parse(Buffer.concat(chunks).toString())
    for (const { data } of [parsed].flat()) latencies.push(at - data.after.due)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))

process.on('message', (word) => {
  if (word === 'reset') {
    latencies = []
    requests = 0
    first = 0
  } else {
    const sorted = latencies.toSorted((a, b) => a - b)
    const report: ReceiverReport = {
      events: sorted.length,
      requests,
      p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      tookMs: last - first,
    }
    process.send!(report)
  }
})
process.on('disconnect', () => process.exit())

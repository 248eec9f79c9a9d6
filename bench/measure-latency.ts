import type { LoadResult, PreparedRequest } from './load/plan.ts'
import { runLoad } from './load/run-load.ts'
import type { Bench } from './part.ts'

const CONNECTIONS = 4
const SECONDS = 8
const MOST_PER_SECOND = 50
/** A read that takes longer is not waited for at a rate: too few would be measured. */
const SLOW_MS = 100

/** What `measureLatency` does, for the results page. */
export const HOW_LATENCY =
  'At a constant rate over 4 connections, 50 a second or fewer so that a third of the time is busy, counted from when a request was due. What takes longer than 100 ms is asked one after the other for as long.'

/** Latency of reads. */
export async function measureLatency(
  bench: Bench,
  url: string,
  requests: readonly PreparedRequest[],
): Promise<LoadResult> {
  const load = { kind: 'requests', url, requests, seconds: bench.seconds(SECONDS) } as const
  const pilot = await runLoad({ ...load, connections: 1, seconds: 0.5 })
  const oneMs = pilot.latency.p50
  if (oneMs > SLOW_MS) return runLoad({ ...load, connections: 1 })
  return runLoad({ ...load, connections: CONNECTIONS, ratePerSecond: Math.min(MOST_PER_SECOND, 300 / oneMs) })
}

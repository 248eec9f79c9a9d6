import type { LoadResult, PreparedRequest } from './load/plan.ts'
import { runLoad } from './load/run-load.ts'
import type { Bench } from './part.ts'

const CONNECTIONS = 4
const SECONDS = 8
const MOST_PER_SECOND = 50
const LONGEST_SECONDS = 30
const FEWEST_REQUESTS = 20

/**
 * Latency of reads at a constant rate that keeps one core about a third busy: 50 a second, fewer where one read
 * takes longer than 6 ms. At least 20 reads, in at most 30 s.
 */
export async function measureLatency(
  bench: Bench,
  url: string,
  requests: readonly PreparedRequest[],
): Promise<LoadResult> {
  const load = { kind: 'requests', url, requests } as const
  const pilot = await runLoad({ ...load, connections: 1, seconds: 0.5 })
  const ratePerSecond = Math.min(MOST_PER_SECOND, 300 / pilot.latency.p50)
  const seconds = Math.min(LONGEST_SECONDS, Math.max(bench.seconds(SECONDS), FEWEST_REQUESTS / ratePerSecond))
  return runLoad({ ...load, connections: CONNECTIONS, seconds, ratePerSecond })
}

import { get, post } from './api.ts'

const KEYS = Array.from({ length: 10 }, (_, key) => `m${key}`)
const PAGE = 25_000

interface Series {
  readonly counts: readonly number[]
}

/**
 * Points that are stored for these runs, through our own series call, which counts the rows of each bucket. The
 * first series is also read point by point.
 */
export async function countPoints(url: string, runIds: readonly string[]): Promise<number> {
  let total = 0
  for (const runId of runIds) {
    const asked = { run_ids: [runId], keys: KEYS }
    const { series } = await post<{ series: Series[] }>(url, '/api/orrery/v1/series', asked)
    const counts = series.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
    if (runId === runIds[0]) await mustHave(url, runId, KEYS[0]!, counts[0]!)
    total += counts.reduce((sum, count) => sum + count, 0)
  }
  return total
}

/** The same through MLflow's history call alone, point by point. */
export async function countPointsByHistory(url: string, runIds: readonly string[]): Promise<number> {
  let total = 0
  for (const runId of runIds) for (const key of KEYS) total += await readHistory(url, runId, key)
  return total
}

async function mustHave(url: string, runId: string, key: string, expected: number): Promise<void> {
  const points = await readHistory(url, runId, key)
  if (points !== expected)
    throw new Error(`the history of '${key}' has ${points} points, its buckets ${expected}`)
}

/** Counts steps that differ: each point was logged at a step of its own. */
async function readHistory(url: string, runId: string, key: string): Promise<number> {
  const steps = new Set<number>()
  for (let token = ''; ; ) {
    const query = new URLSearchParams({ run_id: runId, metric_key: key, max_results: String(PAGE) })
    if (token !== '') query.set('page_token', token)
    const page = await get<{ metrics?: { step?: number | string }[]; next_page_token?: string }>(
      url,
      `metrics/get-history?${query}`,
    )
    for (const { step } of page.metrics ?? []) steps.add(Number(step))
    if (!page.next_page_token) return steps.size
    token = page.next_page_token
  }
}

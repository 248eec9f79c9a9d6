import { type Filter, type OrderKey, parseFilter, parseOrderBy, RUNS, refuseTwice } from '@orrery/base/filter'
import type { Caller } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { loadRuns } from '../runs/load-runs.ts'
import type { Run } from '../runs/run.ts'
import { type ScopedExperiment, scopeOf } from './experiment-scope.ts'
import { checkMaxResults } from './max-results.ts'
import { type Place, readToken, searchName, writeToken } from './page-token.ts'
import { findRareMetric } from './rare-metric.ts'
import { idConditions, viewConditions } from './run-conditions.ts'
import type { Hit } from './run-page.ts'
import { type Part, runParts } from './run-parts.ts'
import { askWithTies } from './tied-values.ts'
import type { ViewType } from './view-type.ts'

export interface RunSearch {
  /** None finds nothing. */
  readonly experimentIds: readonly string[]
  readonly filter?: string | undefined
  /** @default 'ACTIVE_ONLY' */
  readonly viewType?: ViewType | undefined
  /** 1 to 50,000. @default 1000 */
  readonly maxResults?: number | undefined
  /** Newest first unless given, and among equals. */
  readonly orderBy?: readonly string[] | undefined
  readonly pageToken?: string | undefined
}

export interface RunPage {
  readonly runs: readonly Run[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/**
 * Finds runs by filter and order, as MLflow would.
 *
 * @throws INVALID_PARAMETER_VALUE for a filter, order, size, experiment id or token that cannot be read
 */
export function makeSearchRuns({ db }: { db: Database }) {
  return async function searchRuns(caller: Caller, search: RunSearch): Promise<RunPage> {
    const limit = checkMaxResults(search.maxResults, 1_000, 50_000)
    const filter = parseFilter(search.filter, RUNS)
    const order = parseOrderBy(search.orderBy ?? [], RUNS)
    refuseTwice(order)
    const view = search.viewType ?? 'ACTIVE_ONLY'
    const workspaceKey = caller.workspace.key
    return db.scan(async (reads) => {
      const scope = await scopeOf(reads, caller, search.experimentIds)
      const keys = scope.map(({ key }) => key)
      const name = searchName('runs', keys, withoutPlaces(filter), order, view)
      const place = readToken(search.pageToken, name)
      if (scope.length === 0) return { runs: [] }
      const found = await findKeys(reads, { workspaceKey, filter, order, view, scope, place, limit })
      return {
        runs: await loadRuns(reads, found.keys),
        ...(found.next === undefined ? {} : { nextPageToken: writeToken(name, found.next) }),
      }
    })
  }
}

const withoutPlaces = (filter: Filter) => filter.map(({ at: _, ...clause }) => clause)

interface Asked {
  readonly workspaceKey: number
  readonly filter: Filter
  readonly order: readonly OrderKey[]
  readonly view: ViewType
  readonly scope: readonly ScopedExperiment[]
  /** Where an earlier page ended. */
  readonly place: Place | undefined
  readonly limit: number
}

/** Fills a page from the parts in their order, and sees by one row more whether anything follows. */
async function findKeys(reads: Reads, asked: Asked): Promise<{ keys: number[]; next?: Place }> {
  const { filter, order, scope, limit } = asked
  const plan = asked.place?.plan ?? (await findRareMetric(reads, filter, scope, limit))
  const parts = runParts(reads, filter, order, filter[plan - 1])
  const conditions = [...viewConditions(asked.view, scope), ...idConditions(filter, asked.workspaceKey)]
  const keys: number[] = []
  let from: Place = asked.place ?? { plan, part: 0, skip: 0 }
  for (; from.part < parts.length; from = { plan, part: from.part + 1, skip: 0 }) {
    const part = parts[from.part]!
    if (from.part === MISSING && !(await someLack(reads, order[0]!.name, scope))) continue
    const wanted = limit - keys.length
    const hits = await askWithTies(reads, part, { scope, conditions, from, limit: wanted + 1 })
    for (const { key } of hits.slice(0, wanted)) keys.push(key)
    if (hits.length > wanted) return { keys, next: nextPlace(from, part, hits, wanted) }
  }
  return { keys }
}

/** The part of an order by metric that holds the runs without it. */
const MISSING = 2

/**
 * Usually every run has the metric; two counts show it thirty times faster than looking at each run. Runs that are
 * being removed leave values behind for a while, and then counts say nothing.
 */
async function someLack(reads: Reads, metric: string, scope: readonly ScopedExperiment[]): Promise<boolean> {
  const among = sql.join(scope.map(({ key }) => key))
  const { rows } = await sql<{ all: number; had: number; removals: number }>`select
    (select count(*) from runs where experiment_key in (${among})) as "all",
    (select count(*) from removals) as removals,
    (select count(*) from latest where experiment_key in (${among}) and key = ${metric}) as had`.execute(
    reads.tables(),
  )
  const { all, had, removals } = rows[0]!
  return all !== had || removals > 0
}

function nextPlace(from: Place, part: Part, hits: readonly Hit[], wanted: number): Place {
  const { plan, part: at } = from
  if (!part.resumable) return { plan, part: at, skip: from.skip + wanted }
  const last = hits[wanted - 1]
  // Not one row of this part fitted on the page: the next one begins with it.
  return last === undefined ? { plan, part: at, skip: 0 } : { plan, part: at, skip: 0, after: last.sortedBy }
}

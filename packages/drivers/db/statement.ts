import type { Compilable, Kysely } from 'kysely'
import type { EngineWords } from './words.ts'

/** Stands in a statement for a value that is bound at each run. */
export class Param {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query that each engine compiles once and then runs with new values: for the calls that happen thousands
 * of times a second.
 */
export interface Statement<Params, Row> {
  /** Unique over the process; also the name of the prepared statement on PostgreSQL. */
  readonly name: string
  readonly build: (tables: Kysely<never>, params: Params, words: EngineWords) => Compilable
  readonly planned: Planning
  /** Only for the compiler: carries the row type. */
  readonly row?: Row
}

/**
 * When PostgreSQL plans a statement; SQLite does once, always. `once`: from the sixth run on for whatever values.
 * `each-run`: for these values, 0.3 to 1 ms. For lists, which it takes to have ten values: of a thousand ids it then looked
 * through the table with each, 700 ms instead of 2 among 25,000 rows.
 */
export type Planning = 'once' | 'each-run'

const names = new Set<string>()

/**
 * ```ts
 * const findRun = statement('tracking.find-run', (k: Kysely<TrackingTables>, p: { runId: string }) =>
 *   k.selectFrom('runs').select(['run_key']).where('run_id', '=', p.runId))
 * await tx.first(findRun, { runId })
 * ```
 * `p` holds placeholders while the query is built, so it may only be passed on as values, never looked at.
 */
export function statement<Tables, Params, Row>(
  name: string,
  build: (tables: Kysely<Tables>, params: Params, words: EngineWords) => Compilable<Row>,
  planned: Planning = 'once',
): Statement<Params, Row> {
  if (names.has(name)) throw new Error(`two statements are named '${name}'`)
  names.add(name)
  return { name, build: build as unknown as Statement<Params, Row>['build'], planned }
}

/** What `build` receives while an engine compiles: every property is a placeholder of its own name. */
export function placeholders<Params>(): Params {
  return new Proxy(
    {},
    {
      get: (_, name) => new Param(String(name)),
      ownKeys() {
        throw new Error('placeholders cannot be listed or spread: name each value')
      },
    },
  ) as Params
}

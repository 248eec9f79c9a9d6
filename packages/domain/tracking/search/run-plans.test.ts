import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OrderKey, parseFilter, parseOrderBy, RUNS } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { idConditions, viewConditions } from './run-conditions.ts'
import { partQuery } from './run-page.ts'
import { runParts } from './run-parts.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const ONE = [{ key: 1, lifecycle: 'active' }] as const
const TWO = [...ONE, { key: 2, lifecycle: 'active' }] as const
const SORTED = /USE TEMP B-TREE FOR (?!LAST)/

interface Asked {
  readonly filter?: string
  readonly orderBy?: string[]
  readonly rare?: number
  readonly part?: number
  readonly after?: (string | number)[]
  readonly scope?: typeof ONE | typeof TWO
}

/** How SQLite would answer, one step a line, outermost table first. */
async function planOf(reads: Reads, asked: Asked): Promise<string[]> {
  const filter = parseFilter(asked.filter, RUNS)
  const order: OrderKey[] = parseOrderBy(asked.orderBy ?? [], RUNS)
  const part = runParts(reads, filter, order, filter[(asked.rare ?? 0) - 1])[asked.part ?? 0]!
  const scope = asked.scope ?? ONE
  const from = { plan: 0, part: 0, skip: 0, ...(asked.after === undefined ? {} : { after: asked.after }) }
  const conditions = [...viewConditions('ACTIVE_ONLY', scope), ...idConditions(filter, 1)]
  const query = partQuery(part, { scope, conditions, from, limit: 101 })
  const plan = await sql<{ detail: string }>`explain query plan ${query}`.execute(reads.tables())
  return plan.rows.map(({ detail }) => detail)
}

const BY_START = /^SEARCH r USING INDEX runs_by_start \(experiment_key=\?/
const BY_VALUE = /^SEARCH d USING (COVERING )?INDEX latest_by_value \(experiment_key=\? AND key=\? AND nan=\?/
const ENTRY = /^SEARCH e USING PRIMARY KEY \(run_key=\? AND key=\?\)/
const METRIC = /^SEARCH m USING PRIMARY KEY \(run_key=\? AND key=\?\)/

/*
 * Which index each kind of search walks along. At 500,000 runs a walk along the order takes some milliseconds and a
 * sort of all runs most of a second, so a plan that changes here is a promise broken.
 */
eachEngine('plans of run searches', MODULES, (open, engine) => {
  if (engine !== 'sqlite') return
  const rows: { says: string; asked: Asked; steps: RegExp[]; sorts?: boolean }[] = [
    { says: 'newest first walks along the start', asked: {}, steps: [BY_START] },
    {
      says: 'the next page enters the index where the last one ended',
      asked: { after: [5, 'a'] },
      steps: [/runs_by_start \(experiment_key=\? AND start_time<\?\)/],
    },
    {
      says: 'filters are looked up by key, run by run',
      asked: { filter: "metrics.a > 1 AND params.b = 'x' AND tags.c LIKE 'y%'" },
      steps: [BY_START, METRIC, ENTRY, ENTRY],
    },
    {
      says: 'a metric order walks along its values',
      asked: { orderBy: ['metrics.a DESC'] },
      steps: [BY_VALUE, /^SEARCH r USING INTEGER PRIMARY KEY/],
    },
    {
      says: 'and so does its next page',
      asked: { orderBy: ['metrics.a'], after: [1.5, 5, 'a'] },
      steps: [/latest_by_value \(experiment_key=\? AND key=\? AND nan=\? AND value>\?\)/],
    },
    {
      says: 'and one with a filter on other things',
      asked: { orderBy: ['metrics.a DESC'], filter: "metrics.b > 1 AND params.c = 'x'" },
      steps: [BY_VALUE, METRIC, ENTRY],
    },
    {
      says: 'runs without the metric come by their start',
      asked: { orderBy: ['metrics.a'], part: 2 },
      steps: [BY_START, METRIC],
    },
    {
      says: 'a metric that few runs fit is read first and then sorted',
      asked: { filter: 'metrics.a > 1', rare: 1 },
      steps: [/latest_by_value \(experiment_key=\? AND key=\? AND nan=\? AND value>\?\)/],
      sorts: true,
    },
    {
      says: 'a run is found by its id',
      asked: { filter: "run_id = 'x'" },
      steps: [/^SEARCH r USING INDEX sqlite_autoindex_runs_1 \(workspace_key=\? AND run_id=\?\)/],
    },
  ]
  for (const { says, asked, steps, sorts } of rows) {
    test(says, async () => {
      await using db = await open()
      const plan = await db.scan((reads) => planOf(reads, asked))
      let at = 0
      for (const step of steps) {
        at = plan.findIndex((line, place) => place >= at && step.test(line)) + 1
        assert.ok(at > 0, `no ${step} in\n${plan.join('\n')}`)
      }
      assert.ok(!plan.some((line) => /^SCAN (r|d|m|e)\b/.test(line)), plan.join('\n'))
      assert.equal(
        plan.some((line) => SORTED.test(line)),
        sorts ?? false,
        plan.join('\n'),
      )
    })
  }

  test('each of several experiments is walked along by itself', async () => {
    await using db = await open()
    const plan = await db.scan((reads) => planOf(reads, { scope: TWO, orderBy: ['metrics.a'] }))
    assert.equal(plan.filter((line) => BY_VALUE.test(line)).length, 2, plan.join('\n'))
  })
})

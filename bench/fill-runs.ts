import type { BulkInsert, Database, Value } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'

export interface FillOptions {
  readonly workspaceKey: number
  /** The external id of the experiment; must be free in the workspace. */
  readonly experimentId: string
  readonly runs: number
  /** Latest values per run, named `m0`, `m1` …: uniform in [0, 1). @default 5 */
  readonly metrics?: number
  /** Params per run, named `p0` …: `p0` has 10 values (`v0` to `v9`), `p1` 20, and so on. @default 5 */
  readonly params?: number
  /** @default 1 */
  readonly seed?: number
}

const FILLED_AT = 1_750_000_000_000
const BATCH = 10_000

const runRows: BulkInsert = {
  table: 'runs',
  columns: {
    workspace_key: 'int',
    experiment_key: 'int',
    run_id: 'text',
    name: 'text',
    user_id: 'text',
    status: 'text',
    start_time: 'int',
    end_time: 'int',
    artifact_uri: 'text',
  },
  key: ['run_key'],
  onClash: 'fail',
}

const entryRows = (table: 'run_params' | 'run_tags'): BulkInsert => ({
  table,
  columns: { run_key: 'int', key: 'text', value: 'text' },
  key: ['run_key', 'key'],
  onClash: 'fail',
})

const latestRows: BulkInsert = {
  table: 'latest',
  columns: {
    run_key: 'int',
    key: 'text',
    experiment_key: 'int',
    value: 'real',
    nan: 'int',
    step: 'int',
    timestamp: 'int',
  },
  key: ['run_key', 'key'],
  onClash: 'fail',
}

/**
 * Fills a migrated store with one experiment full of finished runs, past every verb: about 100,000 runs a minute.
 * Searches find what they would find in a store that was logged to; points of series are not made.
 */
export async function fillRuns(db: Database, options: FillOptions): Promise<void> {
  const random = randomFrom(options.seed ?? 1)
  const experiment = await addExperiment(db, options)
  for (let first = 0; first < options.runs; first += BATCH) {
    const count = Math.min(BATCH, options.runs - first)
    await db.inTx(async (tx) => {
      const before = await lastRunKey(tx.tables<never>())
      await tx.bulk(
        runRows,
        Array.from({ length: count }, (_, at) => runRow(options, experiment, first + at, random)),
      )
      const { rows } = await sql<{ key: number }>`select run_key as key from runs where run_key > ${before}
        order by run_key`.execute(tx.tables())
      const keys = rows.map(({ key }) => key)
      await tx.bulk(entryRows('run_tags'), keys.flatMap(tagsOf))
      await tx.bulk(
        entryRows('run_params'),
        keys.flatMap((key) =>
          times(options.params ?? 5, (p) => [key, `p${p}`, `v${Math.floor(random() * 10 * (p + 1))}`]),
        ),
      )
      await tx.bulk(
        latestRows,
        keys.flatMap((key) =>
          times(options.metrics ?? 5, (m) => [key, `m${m}`, experiment, random(), 0, 100, FILLED_AT]),
        ),
      )
    })
  }
}

async function addExperiment(db: Database, options: FillOptions): Promise<number> {
  return db.inTx(async (tx) => {
    const { rows } = await sql<{ key: number }>`insert into experiments
      (workspace_key, experiment_id, name, artifact_location, lifecycle, epoch, created_at, updated_at)
      values (${options.workspaceKey}, ${options.experimentId}, ${`filled ${options.experimentId}`},
        'mlflow-artifacts:/filled', 'active', 0, ${FILLED_AT}, ${FILLED_AT})
      returning experiment_key as key`.execute(tx.tables())
    return rows[0]!.key
  })
}

async function lastRunKey(tables: Kysely<never>): Promise<number> {
  const { rows } = await sql<{ key: number | null }>`select max(run_key) as key from runs`.execute(tables)
  return rows[0]!.key ?? 0
}

function runRow(options: FillOptions, experiment: number, at: number, random: () => number): Value[] {
  const runId = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  const started = FILLED_AT + at * 1_000
  const uri = `mlflow-artifacts:/filled/${runId}/artifacts`
  return [
    options.workspaceKey,
    experiment,
    runId,
    `run-${at}`,
    'bench',
    'FINISHED',
    started,
    started + 900,
    uri,
  ]
}

const tagsOf = (key: number): Value[][] => [
  [key, 'mlflow.runName', `run-${key}`],
  [key, 'mlflow.user', 'bench'],
]

const times = (count: number, row: (at: number) => Value[]): Value[][] =>
  Array.from({ length: count }, (_, at) => row(at))

/** Mulberry32: the same store from the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

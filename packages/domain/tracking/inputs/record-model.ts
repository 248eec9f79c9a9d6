import { type Caller, invalid } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { takeActiveRun } from '../runs/find-run.ts'
import { putRunTag } from '../runs/run-rows.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { isDeep } from './is-deep.ts'

/** The tag in which clients before MLflow 3 keep what a run's models are: a JSON list, oldest first. */
const HISTORY_TAG = 'mlflow.log-model.history'

const FIELDS = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'] as const

/** In UTF-16 units. MLflow has no limit; every run list carries this tag, and thousands of models fit. */
const HISTORY_LIMIT = 1_000_000

type Json = Readonly<Record<string, unknown>>

const tagOf = statement('tracking.run-tag', (k: Kysely<TrackingTables>, p: { run: number; key: string }) =>
  k.selectFrom('run_tags').select('value').where('run_key', '=', p.run).where('key', '=', p.key),
)

/**
 * Adds a model to a run's history, as clients before MLflow 3 do after uploading its files.
 *
 * @param input.modelJson the MLmodel file as JSON
 * @throws INVALID_PARAMETER_VALUE for what is not such a file
 */
export function makeRecordModel({ db, emit, clock }: TrackingDeps) {
  return async function recordModel(
    caller: Caller,
    input: { runId: string; modelJson: string },
  ): Promise<void> {
    const model = readModel(input.modelJson, clock())
    await db.inTx(
      async (tx) => {
        const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
        const old = await tx.first(tagOf, { run: run.key, key: HISTORY_TAG })
        const value = JSON.stringify([...readHistory(old?.value ?? '[]'), model])
        if (value.length > HISTORY_LIMIT) {
          throw invalid(`The tag '${HISTORY_TAG}' would be longer than ${HISTORY_LIMIT} characters.`)
        }
        await tx.run(putRunTag, { run: run.key, key: HISTORY_TAG, value })
        await emit(tx, caller, {
          type: 'run.model-recorded',
          subject: `runs/${input.runId}`,
          on: run.experimentKey,
          after: { artifactPath: model.artifact_path },
        })
      },
      { bytes: input.modelJson.length },
    )
  }
}

/** What the history keeps of a model: where its files are and its flavors, without their `config`. */
function readModel(text: string, now: number): Json {
  const model = parse(text)
  if (model === undefined) throw invalid(`Malformed model info. \n ${shorten(text)} \n is not a valid JSON.`)
  if (!isObject(model)) throw invalid(`Malformed model info. \n ${shorten(text)} \n is not a JSON object.`)
  const lacking = FIELDS.filter((field) => !Object.hasOwn(model, field))
  if (lacking.length > 0) {
    throw invalid(
      `Model json is missing mandatory fields: ${lacking.map((field) => `'${field}'`).join(', ')}`,
    )
  }
  return {
    ...(model.run_id === null ? {} : { run_id: model.run_id }),
    ...(model.artifact_path === null ? {} : { artifact_path: model.artifact_path }),
    utc_time_created: model.utc_time_created ?? new Date(now).toISOString().replace('T', ' ').slice(0, -1),
    model_uuid: model.model_uuid ?? null,
    flavors: readFlavors(model.flavors),
  }
}

function readFlavors(flavors: unknown): Json {
  if (flavors === null) return {}
  if (!isObject(flavors)) throw invalid("Malformed model info: 'flavors' must be a JSON object of flavors.")
  const kept = Object.entries(flavors).map(([name, flavor]) => {
    if (!isObject(flavor)) return [name, flavor]
    const { config: _, ...rest } = flavor
    return [name, rest]
  })
  return Object.fromEntries(kept)
}

function readHistory(text: string): readonly unknown[] {
  const history = parse(text)
  if (Array.isArray(history)) return history
  throw invalid(
    `The run's tag '${HISTORY_TAG}' is not a JSON list, so nothing can be added to it.`,
    'Delete the tag, then repeat the call.',
  )
}

/** Numbers stay as they are written: 1.0 does not become 1, and none is rounded. */
function parse(text: string): unknown {
  try {
    const value = JSON.parse(text, (_key, item, { source }) =>
      typeof item === 'number' ? JSON.rawJSON(source!) : item,
    )
    return isDeep(value) ? undefined : value
  } catch {
    return undefined
  }
}

/** A number kept as it was written is an object to JavaScript, but not to JSON. */
function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

const shorten = (text: string) => (text.length > 500 ? `${text.slice(0, 500)}…` : text)

// ECMAScript 2026; TypeScript 7.0 does not know it yet.
declare global {
  interface JSON {
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

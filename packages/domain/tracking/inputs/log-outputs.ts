import { type Caller, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { checkCount } from '../entries.ts'
import { takeActiveRun } from '../runs/find-run.ts'
import type { ModelOutput } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { checkModelId, newModelLinks } from './model-links.ts'

const outputSteps = statement(
  'tracking.output-steps',
  (k: Kysely<TrackingTables>, p: { run: number; models: readonly string[] }, words) =>
    k
      .selectFrom('run_models')
      .select(['model_id as modelId', 'step'])
      .where('run_key', '=', p.run)
      .where('direction', '=', 'output')
      .where(words.among(sql.ref('model_id'), p.models)),
)

/**
 * Notes which models a run made, and at which step. The same again is fine, because the client repeats calls whose
 * answer it did not see. Model ids are not looked up.
 *
 * @throws BAD_REQUEST for a model that the run made at another step, which is MLflow's code for it
 */
export function makeLogOutputs({ db, emit }: TrackingDeps) {
  return async function logOutputs(
    caller: Caller,
    input: { runId: string; models: readonly ModelOutput[] },
  ): Promise<void> {
    const { runId, models } = input
    checkCount(models, 'models')
    for (const [at, { modelId }] of models.entries()) checkModelId(modelId, `models[${at}].model_id`)
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, runId, 'run.write')
      if (models.length === 0) return
      const rows = models.map(({ modelId, step }) => [run.key, 'output', modelId, step])
      const added = await tx.bulkMarked(newModelLinks, rows)
      const fresh = models.filter((_, at) => added[at] === 1)
      if (fresh.length < models.length) {
        const ids = models.map((model) => model.modelId)
        checkSteps(models, await tx.all(outputSteps, { run: run.key, models: ids }))
      }
      if (fresh.length === 0) return
      await emit(tx, caller, {
        type: 'run.outputs-logged',
        subject: `runs/${runId}`,
        on: run.experimentKey,
        also: fresh.map(({ modelId }) => `logged-models/${modelId}`),
        after: { models: fresh },
      })
    })
  }
}

function checkSteps(given: readonly ModelOutput[], stored: readonly ModelOutput[]): void {
  const steps = new Map(stored.map(({ modelId, step }) => [modelId, step]))
  for (const { modelId, step } of given) {
    if (steps.get(modelId) === step) continue
    throw new Problem(
      'BAD_REQUEST',
      `The run has model '${modelId}' among its outputs already, at step ${steps.get(modelId)}, not ${step}.`,
      { hint: 'A run makes a model once. Nothing of this call was written.' },
    )
  }
}

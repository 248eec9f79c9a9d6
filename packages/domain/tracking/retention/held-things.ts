import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { parseExperimentId } from '../experiments/find-experiment.ts'
import { findExperimentKey } from '../things/experiment-things.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/*
 * What legal holds name. These ask nobody what a caller may see: they are for whoever decides about holds.
 */

interface Ids {
  workspace: number
  ids: readonly string[]
}

const runsById = statement('tracking.experiments-of-runs', (k: Kysely<TrackingTables>, p: Ids, words) =>
  k
    .selectFrom('runs')
    .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
    .select([
      'runs.run_id as id',
      'experiments.experiment_key as key',
      'experiments.experiment_id as experimentId',
    ])
    .where('runs.workspace_key', '=', p.workspace)
    .where(words.among(sql.ref('runs.run_id'), p.ids)),
)

const modelsById = statement('tracking.experiments-of-models', (k: Kysely<TrackingTables>, p: Ids, words) =>
  k
    .selectFrom('logged_models')
    .innerJoin('experiments', 'experiments.experiment_key', 'logged_models.experiment_key')
    .select([
      'logged_models.model_id as id',
      'experiments.experiment_key as key',
      'experiments.experiment_id as experimentId',
    ])
    .where('logged_models.workspace_key', '=', p.workspace)
    .where(words.among(sql.ref('logged_models.model_id'), p.ids)),
)

/**
 * An experiment, run or logged model, deleted or not, as events call it, with the key of the experiment that decides on
 * experiments; undefined where there is none, and for other subjects.
 */
export async function findHeldThing(
  reads: Reads,
  workspace: number,
  subject: string,
): Promise<{ readonly subject: string; readonly experimentKey?: number } | undefined> {
  const [folder, id = '', ...rest] = subject.split('/')
  if (rest.length > 0 || id === '') return undefined
  if (folder === 'experiments') {
    const experimentKey = await findExperimentKey(reads, workspace, id)
    return experimentKey === undefined
      ? undefined
      : { subject: `experiments/${parseExperimentId(id)}`, experimentKey }
  }
  if (folder !== 'runs' && folder !== 'logged-models') return undefined
  const rows = await reads.all(folder === 'runs' ? runsById : modelsById, { workspace, ids: [id] })
  return rows.length === 0 ? undefined : { subject }
}

/** Which of these runs and logged models are in an experiment. */
export async function inExperiment(
  reads: Reads,
  workspace: number,
  subjects: readonly string[],
  experimentSubject: string,
): Promise<readonly string[]> {
  const experiment = experimentSubject.slice('experiments/'.length)
  const found: string[] = []
  for (const [folder, statement] of [
    ['runs/', runsById],
    ['logged-models/', modelsById],
  ] as const) {
    const ids = subjects.filter((each) => each.startsWith(folder)).map((each) => each.slice(folder.length))
    if (ids.length === 0) continue
    for (const row of await reads.all(statement, { workspace, ids })) {
      if (row.experimentId === experiment) found.push(folder + row.id)
    }
  }
  return found
}

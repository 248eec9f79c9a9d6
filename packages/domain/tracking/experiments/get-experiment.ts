import type { Caller } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { Experiment } from './experiment.ts'
import { type FoundExperiment, findExperiment, findExperimentByName } from './find-experiment.ts'

const tagsOf = statement('tracking.experiment-tags', (k: Kysely<TrackingTables>, p: { experiment: number }) =>
  k
    .selectFrom('experiment_tags')
    .select(['key', 'value'])
    .where('experiment_key', '=', p.experiment)
    .orderBy('key'),
)

async function withTags(reads: Reads, found: FoundExperiment): Promise<Experiment> {
  const { key, epoch: _, ...experiment } = found
  return { ...experiment, tags: await reads.all(tagsOf, { experiment: key }) }
}

/** Shows an experiment, deleted ones too. */
export function makeGetExperiment({ db }: { db: Database }) {
  return async (caller: Caller, input: { experimentId: string }): Promise<Experiment> =>
    withTags(db.read, await findExperiment(db.read, caller, input.experimentId))
}

/** Shows the experiment of a name, deleted ones too. */
export function makeGetExperimentByName({ db }: { db: Database }) {
  return async (caller: Caller, input: { name: string }): Promise<Experiment> =>
    withTags(db.read, await findExperimentByName(db.read, caller, input.name))
}

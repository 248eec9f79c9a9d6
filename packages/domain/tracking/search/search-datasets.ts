import { type Caller, invalid } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { scopeOf } from './experiment-scope.ts'
import { DATASET_CONTEXT_TAG } from './run-conditions.ts'

/** A dataset that runs of an experiment used, and what they used it for. */
export interface DatasetSummary {
  readonly experimentId: string
  readonly name: string
  readonly digest: string
  /** `training`, say; null where the run did not tell. */
  readonly context: string | null
}

const MOST_EXPERIMENTS = 20
const MOST_SUMMARIES = 1_000

/** Lists the datasets that runs of these experiments used, up to 1,000. */
export function makeSearchDatasets({ db }: { db: Database }) {
  return async function searchDatasets(
    caller: Caller,
    { experimentIds }: { experimentIds: readonly string[] },
  ): Promise<DatasetSummary[]> {
    const given = experimentIds.length
    if (given === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.')
    if (given > MOST_EXPERIMENTS) {
      throw invalid(
        `SearchDatasets request cannot specify more than ${MOST_EXPERIMENTS} experiment_ids. Received ${given} experiment_ids.`,
      )
    }
    return db.scan(async (reads) => {
      const scope = await scopeOf(reads, caller, experimentIds)
      if (scope.length === 0) return []
      const { rows } = await sql<DatasetSummary>`select distinct e.experiment_id as "experimentId",
          d.name as name, d.digest as digest, t.value as context
        from datasets as d
        join experiments as e on e.experiment_key = d.experiment_key
        join run_datasets as i on i.dataset_key = d.dataset_key
        left join run_dataset_tags as t on t.run_key = i.run_key and t.dataset_key = i.dataset_key
          and t.key = ${DATASET_CONTEXT_TAG}
        where d.experiment_key in (${sql.join(scope.map(({ key }) => key))})
        order by 1, 2, 3, 4 limit ${MOST_SUMMARIES}`.execute(reads.tables())
      return rows
    })
  }
}

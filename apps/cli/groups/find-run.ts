import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { findExperiment } from './find-experiment.ts'

export const RUN = 'Id of the run; its first six or more letters will do for a run of the experiment.'
export const OF_EXPERIMENT = {
  value: 'text',
  short: 'e',
  shown: 'ID',
  says: 'Id or name of the experiment; that of the profile, or 0, if not given.',
} as const

const MOST_SHOWN = 20

/** Of the flag or the profile. */
export async function experimentId(context: Context, given: string | undefined): Promise<string> {
  const text = given ?? context.settings.defaults.experiment ?? '0'
  return /^\d+$/.test(text) ? text : (await findExperiment(context, text)).experiment_id
}

/** The whole id of a run that was named by its beginning; throws USAGE with all that begin so if there are more. */
export async function runIdOf(
  context: Context,
  text: string,
  experiment: string | undefined,
): Promise<string> {
  if (!/^[0-9a-f]{6,31}$/.test(text)) return text
  const { orrery, signal } = context
  const client = await orrery()
  const id = await experimentId(context, experiment)
  const { runs = [] } = await client.runs.search(
    {
      experiment_ids: [id],
      filter: `run_id LIKE '${text}%'`,
      run_view_type: 'ALL',
      max_results: MOST_SHOWN,
    },
    { signal },
  )
  const [first, ...others] = runs.map(({ info }) => info.run_id)
  if (first === undefined) {
    throw new CliError(
      'NOT_FOUND',
      `No run of experiment ${id} begins with '${text}'.`,
      'Give its whole id, or --experiment.',
    )
  }
  if (others.length === 0) return first
  const listed = runs.map(({ info }) => `  ${info.run_id}  ${info.run_name ?? ''}`).join('\n')
  throw new CliError(
    'USAGE',
    `'${text}' is the beginning of ${runs.length} runs:\n${listed}`,
    'Give more of the id.',
  )
}

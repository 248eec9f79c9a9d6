import type { CorpusRun } from './corpus.ts'
import type { Choices } from './random.ts'
import { type Entries, entries, TAG_KEYS, TIMES } from './words.ts'

export interface CorpusVersion {
  readonly version: number
  readonly stage: string
  /** Empty where it was not registered from a run. */
  readonly run: string
  readonly source: string
  readonly created: number
  readonly updated: number
  readonly tags: Entries
}

export interface CorpusRegisteredModel {
  readonly name: string
  readonly kind: 'model' | 'prompt'
  readonly created: number
  readonly updated: number
  readonly tags: Entries
  readonly versions: readonly CorpusVersion[]
}

/** Both kinds with names that only some operators and orders tell apart. */
export const REGISTERED_NAMES = [
  ...['net', 'Net', 'NET 2', 'net_1', 'netx1', '100% net', "it's a net", 'naïve', 'ÄPFEL', 'äpfel', '模型'],
  ...['\u{ff5e}', '😀', 'model 2', 'model 10', 'Z', 'greeting', 'Greeting', 'a.b', ' '],
]
export const STAGES = ['None', 'None', 'Staging', 'Production', 'Archived']
export const PROMPT_TAG = 'mlflow.prompt.is_prompt'

export function makeRegistered(choices: Choices, runs: readonly CorpusRun[]): CorpusRegisteredModel[] {
  return REGISTERED_NAMES.map((name) => {
    const kind = /greeting|Z/i.test(name) ? 'prompt' : 'model'
    // MLflow's client marks every version of a prompt as well as the prompt.
    const marks: Entries = kind === 'prompt' ? { [PROMPT_TAG]: 'true' } : {}
    const version = (number: number): CorpusVersion => {
      const run = kind === 'prompt' || choices.chance(0.2) ? '' : choices.one(runs.slice(0, 12)).id
      return {
        version: number,
        stage: choices.one(STAGES),
        run,
        source: sourceOf(choices, kind, run),
        created: choices.one(TIMES),
        updated: choices.one(TIMES),
        tags: { ...entries(choices, TAG_KEYS, 0.4), ...marks },
      }
    }
    return {
      name,
      kind,
      created: choices.one(TIMES),
      updated: choices.one(TIMES),
      tags: { ...entries(choices, TAG_KEYS, 0.5), ...marks },
      versions: Array.from({ length: choices.below(14) }, (_, at) => version(at + 1)).filter(() =>
        choices.chance(0.8),
      ),
    }
  })
}

function sourceOf(choices: Choices, kind: CorpusRegisteredModel['kind'], run: string): string {
  if (kind === 'prompt') return 'dummy-source'
  if (run === '') return choices.one(['s3://bucket/model', 's3://Bucket/model_1', 's3://bucket/a%b'])
  return choices.one([`mlflow-artifacts:/0/${run}/artifacts/model`, `runs:/${run}/Model`])
}

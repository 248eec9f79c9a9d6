import type { ModelVersion } from './model-version.ts'

/** A name with its value. */
export interface Tag {
  readonly key: string
  readonly value: string
}

/** MLflow keeps prompts among the models and tells them apart by this tag. */
export const IS_PROMPT_TAG = 'mlflow.prompt.is_prompt'

export type ModelKind = 'model' | 'prompt'

/** What a model is by the value of its tag `mlflow.prompt.is_prompt`: searches tell by exactly `true`. */
export function kindOf(isPrompt: string | undefined): ModelKind {
  return isPrompt === 'true' ? 'prompt' : 'model'
}

export interface Alias {
  readonly alias: string
  readonly version: number
}

/** A registered model as `registered-models/get` shows it. Times are milliseconds since the epoch. */
export interface RegisteredModel {
  readonly name: string
  readonly kind: ModelKind
  /** Null if never given; MLflow leaves it out then, and also where it is empty. */
  readonly description: string | null
  readonly createdAt: number
  /** Also set by new versions, transitions of a stage and deletions of versions; not by tags and aliases. */
  readonly updatedAt: number
  /** By key. */
  readonly tags: readonly Tag[]
  /** By alias. */
  readonly aliases: readonly Alias[]
  /** Of each stage that has versions the highest, in the order of `STAGES`; their `aliases` are empty, as in MLflow. */
  readonly latestVersions: readonly ModelVersion[]
}

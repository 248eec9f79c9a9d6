/** One search, asked of MLflow's store and of ours. */
export type Question =
  | {
      readonly of: 'runs'
      readonly experiments: readonly string[]
      readonly filter: string
      readonly orderBy: readonly string[]
      readonly view: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
    }
  | {
      readonly of: 'experiments'
      readonly filter: string
      readonly orderBy: readonly string[]
      readonly view: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
    }
  | {
      readonly of: 'models'
      readonly experiments: readonly string[]
      readonly filter: string
      readonly datasets: readonly { readonly name: string; readonly digest?: string }[]
      readonly orderBy: readonly {
        readonly field: string
        readonly ascending: boolean
        readonly dataset?: { readonly name: string; readonly digest?: string }
      }[]
    }
  | { readonly of: 'datasets'; readonly experiments: readonly string[] }
  | {
      readonly of: 'registered models' | 'model versions'
      readonly filter: string
      readonly orderBy: readonly string[]
    }

/**
 * What was found, as places in the corpus and in order; for datasets, one text each, sorted. Or why not: MLflow's
 * error code, or `CRASH` where MLflow fell over.
 */
export type Answer = readonly (number | string)[] | { readonly error: string }

export const isRefusal = (answer: Answer): answer is { error: string } => 'error' in answer

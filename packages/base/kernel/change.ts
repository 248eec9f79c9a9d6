/*
 * The changes that a policy of a workspace may bind, as tracking and the registry tell them and governance judges them:
 * here, because neither side knows the other.
 */

/**
 * `held`: subjects under which a legal hold would keep the thing: its own first, then those above it. Holds on what is
 * below it, or in an experiment, are found without.
 */
interface Destroys {
  readonly held: readonly string[]
}

interface OfModel {
  readonly modelKey: number
  readonly name: string
}

/** A version with what policies may protect of it. */
export interface Placed {
  readonly version: number
  readonly stage: string
  readonly aliases: readonly string[]
}

export type Change =
  /** `archived`: what else leaves the stage with it. */
  | (OfModel & {
      readonly kind: 'stage'
      readonly version: number
      readonly from: string
      readonly to: string
      readonly archived: readonly number[]
    })
  /** `to` null: the alias is deleted. */
  | (OfModel & {
      readonly kind: 'alias'
      readonly alias: string
      readonly from: number | null
      readonly to: number | null
    })
  | (OfModel & Destroys & { readonly kind: 'delete-version'; readonly placed: Placed })
  /** `placed`: versions that are in a stage other than None or have aliases; of each stage the highest 100. */
  | (OfModel & Destroys & { readonly kind: 'delete-model'; readonly placed: readonly Placed[] })
  /** Held as well: what stands under a hold would have another name afterwards, and the hold would not find it. */
  | (OfModel &
      Destroys & {
        readonly kind: 'rename-model'
        readonly newName: string
        readonly placed: readonly Placed[]
      })
  /** Only what the import brings into stages and aliases. `modelKey` 0: a model that is new. */
  | (OfModel & { readonly kind: 'import'; readonly placed: readonly Placed[] })
  /** Soft deletions and what takes them back; they are not held. */
  | { readonly kind: 'delete' | 'restore'; readonly subject: string }
  /** For good: runs, experiments, metrics, artifacts. */
  | (Destroys & { readonly kind: 'remove'; readonly subject: string })
  /** To where another hold, or none, would find it. No reason is asked for. */
  | (Destroys & { readonly kind: 'move'; readonly subject: string })
  /** A file's bytes by others, under its name. No reason is asked for: MLflow writes some files again and again. */
  | (Destroys & { readonly kind: 'replace'; readonly subject: string })

/** A change that can be asked for and approved. */
export type ProtectedChange =
  | {
      readonly kind: 'stage'
      readonly name: string
      readonly version: number
      readonly stage: string
      readonly archiveExisting: boolean
    }
  | { readonly kind: 'alias'; readonly name: string; readonly version: number; readonly alias: string }
  /** `version`: which one had it when it was asked for; left out by who asks. */
  | {
      readonly kind: 'delete-alias'
      readonly name: string
      readonly version?: number
      readonly alias: string
    }

/** By whose request a change was approved: told with it. */
export interface Approval {
  readonly request: string
  readonly requestedBy: string
}

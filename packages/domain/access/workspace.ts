/** What of a workspace is counted and can be limited. */
export type Metered = 'runs' | 'artifact-bytes' | 'tokens' | 'webhooks'

/** Whether somebody was told: `near` from 80 % on. */
export type QuotaState = 'ok' | 'near' | 'exceeded'

export interface Quota {
  readonly what: Metered
  readonly used: number
  /** Null: no limit. */
  readonly quota: number | null
  readonly state: QuotaState
}

/** A workspace as its members see it. Texts that were not given are empty. */
export interface WorkspaceDetails {
  /** Internal key, for the verbs of other modules. */
  readonly key: number
  /** UUID. */
  readonly id: string
  readonly name: string
  readonly friendlyName: string
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
  /** Kept for those who bring them along; nothing depends on them. */
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly location: string
  /** Where new experiments put their artifacts; empty: in the store behind this server. */
  readonly defaultArtifactRoot: string
  readonly traceArchivalLocation: string
  readonly traceArchivalRetention: string
  /** Longest life of a personal or service token; null for the server's own limit. */
  readonly maxTokenLifeMs: number | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly createdBy: string
  readonly updatedAt: number
  /** Set: it can be read and not changed. */
  readonly archivedAt: number | null
}

/** What hangs on a workspace and would go with it. */
export interface Loss {
  /** A noun in the plural: `experiments`, `runs`, `registered models`, `members`, … */
  readonly what: string
  readonly count: number
  /** Of files, where it has any. */
  readonly bytes?: number
}

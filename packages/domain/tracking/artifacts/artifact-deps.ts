import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { TrackingDeps } from '../deps.ts'
import type { Grants } from './grants.ts'

/** What the verbs of artifacts are made of. */
export interface ArtifactDeps extends Pick<TrackingDeps, 'db' | 'emit' | 'clock'> {
  readonly store: ArtifactStore
  readonly grants: Grants
}

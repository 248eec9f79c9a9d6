import type { Caller, Credential, Principal, Workspace } from '@orrery/base/kernel'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { ChangePolicy, TrackingDeps } from '../deps.ts'
import type { Grants } from './grants.ts'
import type { FindVersionFolder, VersionFiles } from './version-folder.ts'

export type FindSigner = (
  asking: Caller,
  signed: { readonly principal: Principal; readonly credential?: Credential | undefined },
  workspace: Workspace,
) => Promise<Caller | undefined>

/** What the verbs of artifacts are made of. */
export interface ArtifactDeps extends Pick<TrackingDeps, 'db' | 'emit' | 'clock' | 'meter'> {
  readonly store: ArtifactStore
  /** Asked before files are removed for good or replaced. @default everything is allowed */
  readonly holds?: ChangePolicy | undefined
  readonly grants: Grants
  /** As it is now: signed addresses outlive what they were signed in. Throws RESOURCE_DOES_NOT_EXIST. */
  readonly findWorkspace: (name: string) => Workspace | Promise<Workspace>
  /**
   * Who signed an address, with what they may do now; undefined where they, or the token with which they signed, are no
   * longer welcome. Left out where there are no accounts: then whoever was given an address may use it.
   */
  readonly findSigner?: FindSigner | undefined
  /** Knows the folders of the registry; without it their files are nobody's. */
  readonly findVersionFolder?: FindVersionFolder | undefined
  /** Knows the files of versions by the version's name; without it nothing is there. */
  readonly versionFiles?: VersionFiles | undefined
}

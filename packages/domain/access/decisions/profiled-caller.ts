import {
  ADMINISTERING,
  type Caller,
  type Confinement,
  type Credential,
  isPassing,
  type Permission,
  type Principal,
  type Readable,
  type ResourceKind,
  ROLES,
  type SOMEWHERE,
  type Workspace,
} from '@orrery/base/kernel'
import type { Profile } from '../profile.ts'
import { decide } from './decide.ts'

/** What of a request becomes part of its caller. */
export interface CallerFacts {
  readonly workspace: Workspace
  readonly principal: Principal
  readonly requestId: string
  readonly address: string
  readonly reason?: string | undefined
  readonly credential: Credential
  readonly confinement?: Confinement | undefined
  /** The whole life that a token was given, in milliseconds; left out for what no workspace limits. */
  readonly tokenLifeMs?: number | undefined
}

const OF_READERS: ReadonlySet<Permission> = new Set(ROLES.reader.permissions)

/**
 * Whoever asks with an account. One object and no closure for each request; `may` and `readable` look into the profile
 * that all requests of the account share.
 */
export class ProfiledCaller implements Caller {
  readonly workspace: Workspace
  readonly principal: Principal
  readonly requestId: string
  readonly address: string
  declare readonly reason?: string
  readonly credential: Credential
  declare readonly confinement?: Confinement
  readonly tokenLifeMs: number | undefined
  readonly profile: Profile

  constructor(profile: Profile, facts: CallerFacts) {
    this.workspace = facts.workspace
    this.principal = facts.principal
    this.requestId = facts.requestId
    this.address = facts.address
    if (facts.reason !== undefined) this.reason = facts.reason
    this.credential = facts.credential
    if (facts.confinement !== undefined) this.confinement = facts.confinement
    this.tokenLifeMs = facts.tokenLifeMs
    this.profile = profile
  }

  may(permission: Permission, on?: number | typeof SOMEWHERE): boolean {
    if (!isLeft(this, permission)) return false
    return decide(this.profile, permission, on)
  }

  readable(kind: ResourceKind): Readable {
    return this.profile.readable[kind]
  }
}

/** What of an account's rights in a workspace is left to the credential with which it asks. */
export function leftToCredential(caller: Caller, permission: Permission, workspaceKey: number): boolean {
  if (!(caller instanceof ProfiledCaller)) return true
  if (caller.confinement !== undefined) return false
  const { onlyIn } = caller.credential
  if (onlyIn !== undefined && onlyIn !== workspaceKey) return false
  return isLeft(caller, permission)
}

/**
 * A token for one workspace does nothing that is beyond workspaces, a read-only one what readers may, and one of an hour
 * or of a run administers nothing.
 */
function isLeft({ credential }: ProfiledCaller, permission: Permission): boolean {
  if (ADMINISTERING.has(permission) && isPassing(credential)) return false
  if (credential.onlyIn !== undefined && permission === 'server.manage') return false
  return credential.readOnly !== true || OF_READERS.has(permission)
}

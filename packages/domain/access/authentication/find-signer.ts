import type { Caller, Clock, Credential, Principal, Workspace } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { type FoundPrincipal, findPrincipalByKey } from '../decisions/find-principal.ts'
import { outlives } from '../decisions/outlives.ts'
import type { Profiles } from '../decisions/profiles.ts'
import type { Things } from '../seams.ts'
import { limitedLife } from '../token.ts'
import { isConfined, makeConfine } from './confine.ts'

const tokenOfSigner = statement('access.token-of-signer', (k: Kysely<AccessTables>, p: { key: number }) =>
  k
    .selectFrom('tokens')
    .select([
      'token_key as key',
      'principal_key as principalKey',
      'kind',
      'workspace_key as workspaceKey',
      'run_key as runKey',
      'run_id as runId',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'ends_at as endsAt',
      'stamp',
    ])
    .where('token_key', '=', p.key),
)

/** By whom and with what something was signed; without credential before it was written down. */
export interface Signed {
  readonly principal: Principal
  readonly credential?: Credential | undefined
}

/**
 * Whoever signed an address, with what they may do now: undefined where the account is gone or disabled, has no part in
 * the workspace any more, or the token with which it was signed has ended. Sessions are not looked at: whoever signs out
 * lets downloads finish.
 *
 * @throws UNAUTHENTICATED where the hour of a tracking credential is over and none of its runs is running
 */
export type FindSigner = (asking: Caller, signed: Signed, workspace: Workspace) => Promise<Caller | undefined>

export function makeFindSigner({
  db,
  clock,
  profiles,
  running,
}: {
  readonly db: Database
  readonly clock: Clock
  readonly profiles: Pick<Profiles, 'profileOf' | 'callerOf'>
  readonly running: Things['running']
}): FindSigner {
  const confine = makeConfine({ db, clock, running })

  async function tokenOf(account: FoundPrincipal, credential: Credential) {
    if (credential.kind === 'password' || credential.kind === 'session') return undefined
    const token =
      credential.key === undefined ? undefined : await db.read.first(tokenOfSigner, { key: credential.key })
    const isGood =
      token?.principalKey === account.key && token.stamp === account.stamp && clock() < token.endsAt
    return isGood ? { ...token, lifeMs: limitedLife(token) } : ENDED
  }

  return async function findSigner(asking, { principal, credential = { kind: 'password' } }, workspace) {
    const account = principal.key === undefined ? undefined : await findPrincipalByKey(db.read, principal.key)
    if (account === undefined || account.disabledAt !== null) return undefined
    const token = await tokenOf(account, credential)
    if (token === ENDED) return undefined
    const confinement = token !== undefined && isConfined(token, clock()) ? await confine(token) : undefined
    const profile = await profiles.profileOf(account.key, workspace.key)
    if (!profile.isMember || outlives(token?.lifeMs, profile)) return undefined
    return profiles.callerOf(profile, {
      workspace,
      principal,
      requestId: asking.requestId,
      address: asking.address,
      reason: asking.reason,
      credential,
      confinement,
      tokenLifeMs: token?.lifeMs,
    })
  }
}

const ENDED = Symbol('ended')

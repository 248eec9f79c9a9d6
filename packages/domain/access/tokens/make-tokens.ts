import type { Clock, IdSource } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { Changes } from '../changes.ts'
import type { Tokens } from '../credentials.ts'
import type { Meter } from '../seams.ts'
import { makeCreateForRun } from './create-for-run.ts'
import { makeCreateToken } from './create-token.ts'
import { makeCreateTracking } from './create-tracking.ts'
import { makeListTokens } from './list-tokens.ts'
import { makeRenewToken } from './renew-token.ts'
import { makeRevokeToken } from './revoke-token.ts'

export interface TokenDeps {
  readonly db: Database
  readonly clock: Clock
  readonly ids: IdSource
  readonly emit: Emit
  readonly changes: Changes
  readonly meter: Pick<Meter, 'count' | 'adjust'>
}

export function makeTokens(deps: TokenDeps): Tokens {
  return {
    create: makeCreateToken(deps),
    createTracking: makeCreateTracking(deps),
    createForRun: makeCreateForRun(deps),
    renew: makeRenewToken(deps),
    list: makeListTokens(deps),
    revoke: makeRevokeToken(deps),
  }
}

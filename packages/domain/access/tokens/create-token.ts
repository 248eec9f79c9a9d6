import { type Caller, invalid, must, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { mustChange } from '../authentication/must-change.ts'
import type { Tokens } from '../credentials.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import type { TokenDeps } from './make-tokens.ts'
import { tokenLife, workspacesBelow } from './token-life.ts'
import { mustBeIn, mustOutliveTheHour, ownAccount } from './token-owner.ts'
import { wereMade } from './token-rows.ts'
import { writeToken } from './write-token.ts'

const HOUR = 3_600_000

/** A personal or service token; see `Tokens.create`. */
export function makeCreateToken(deps: TokenDeps): Tokens['create'] {
  const { db, clock, meter } = deps
  return async function createToken(caller, input) {
    mustOutliveTheHour(caller)
    mustChange(caller)
    mustBeIn(caller)
    const { kind, name, serviceAccount, lifeMs, allWorkspaces = false, readOnly = false } = input
    checkTokenName(name)
    mustNotReachFurther(caller, allWorkspaces)
    return db.inTx(async (tx) => {
      const owner =
        kind === 'personal' ? await asUser(tx, caller) : await asService(tx, caller, serviceAccount)
      const life = await tokenLife(tx, caller.workspace, { lifeMs, allWorkspaces })
      await mustBeFew(tx, owner, kind, clock())
      await meter.count(tx, caller, 'tokens', 1)
      const expiresAt = clock() + life
      const wanted = { kind, name, owner, allWorkspaces, readOnly, expiresAt, endsAt: expiresAt }
      const { key: _, ...made } = await writeToken(tx, deps, caller, wanted)
      const tooLongFor = allWorkspaces ? await workspacesBelow(tx, owner, life) : []
      return tooLongFor.length === 0 ? made : { ...made, tooLongFor }
    })
  }

  async function mustBeFew(tx: Tx, { key }: FoundPrincipal, kind: 'personal' | 'service', now: number) {
    if (!(await wereMade(tx, { principal: key, kind }, LIMITS.tokensAnHour, now - HOUR))) return
    throw new Problem('REQUEST_LIMIT_EXCEEDED', `${LIMITS.tokensAnHour} tokens were made in this hour.`, {
      hint: 'Use one token in several places, or wait.',
      retryAfterSeconds: 600,
    })
  }
}

async function asUser(tx: Tx, caller: Caller): Promise<FoundPrincipal> {
  const account = await ownAccount(tx, caller)
  if (account.kind === 'user') return account
  throw new Problem(
    'PERMISSION_DENIED',
    `'${account.name}' is a service account: it cannot make personal tokens.`,
    {
      hint: 'An owner of the workspace makes tokens for it.',
    },
  )
}

async function asService(tx: Tx, caller: Caller, name: string | undefined): Promise<FoundPrincipal> {
  must(caller, 'workspace.manage')
  if (name === undefined) throw invalid("Missing value for required parameter 'name': the service account.")
  const account = await findPrincipal(tx, name)
  if (account?.kind === 'service' && account.homeWorkspaceKey === caller.workspace.key) return account
  throw noPrincipal(name)
}

/** A token gives away nothing that it has not itself. */
function mustNotReachFurther({ credential, workspace }: Caller, allWorkspaces: boolean): void {
  if (!allWorkspaces || credential?.onlyIn === undefined) return
  throw new Problem(
    'PERMISSION_DENIED',
    `The token that asks works in '${workspace.name}' only and cannot make one for all workspaces.`,
    { hint: 'Sign in to make it.' },
  )
}

function checkTokenName(name: string): void {
  const length = [...name].length
  const isFine = length > 0 && length <= LIMITS.tokenName && name.isWellFormed() && name.trim() === name
  if (isFine && !/\p{C}/u.test(name)) return
  throw invalid(
    `Invalid value ${JSON.stringify(name.slice(0, 200))} for the name of a token: it has 1 to ${LIMITS.tokenName} characters, none of them a control character, and no space at its ends.`,
  )
}

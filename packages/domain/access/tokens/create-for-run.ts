import type { Tokens } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import type { TokenDeps } from './make-tokens.ts'
import { ownAccount } from './token-owner.ts'
import { writeToken } from './write-token.ts'

/** A token for the run of a job; see `Tokens.createForRun`. */
export function makeCreateForRun(deps: TokenDeps): Tokens['createForRun'] {
  const { db, clock } = deps
  return function createForRun(caller, { runKey, runId }) {
    return db.inTx(async (tx) => {
      const owner = await ownAccount(tx, caller)
      const expiresAt = clock() + LIMITS.runTokenLifeMs
      const { key: _, ...made } = await writeToken(tx, deps, caller, {
        kind: 'run',
        name: '',
        owner,
        allWorkspaces: false,
        readOnly: caller.credential?.readOnly === true,
        run: { key: runKey, id: runId },
        expiresAt,
        endsAt: expiresAt,
      })
      return made
    })
  }
}

import { Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Tokens } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import type { TokenDeps } from './make-tokens.ts'
import { ownAccount } from './token-owner.ts'
import { tokenByKey } from './token-rows.ts'
import { writeToken } from './write-token.ts'

/** The successor reaches the runs that were created below the run as well. */
const copyRuns = statement(
  'access.copy-token-runs',
  (k: Kysely<AccessTables>, p: { from: number; to: number }) =>
    k
      .insertInto('token_runs')
      .columns(['token_key', 'run_key', 'created_at'])
      .expression((e) =>
        e
          .selectFrom('token_runs as old')
          .innerJoin('tokens as successor', (on) => on.on('successor.token_key', '=', p.to))
          .select(['successor.token_key', 'old.run_key', 'old.created_at'])
          .where('old.token_key', '=', p.from),
      ),
)

/** A run's token asks for its successor; see `Tokens.renew`. */
export function makeRenewToken(deps: TokenDeps): Tokens['renew'] {
  const { db, clock } = deps
  return async function renewToken(caller) {
    const { credential, confinement } = caller
    if (credential?.kind !== 'run' || credential.key === undefined) {
      throw new Problem('PERMISSION_DENIED', 'Only the token of a run is renewed.', {
        hint: 'Make a new tracking credential or personal token instead.',
      })
    }
    const { key } = credential
    return db.inTx(async (tx) => {
      const old = await tx.first(tokenByKey, { key })
      if (old === undefined || old.runKey === null || !confinement?.runs.has(old.runKey)) {
        throw new Problem('UNAUTHENTICATED', 'The run of this token is no longer running.')
      }
      const owner = await ownAccount(tx, caller)
      const expiresAt = clock() + LIMITS.runTokenLifeMs
      const { key: successor, ...made } = await writeToken(tx, deps, caller, {
        kind: 'run',
        name: '',
        owner,
        allWorkspaces: false,
        readOnly: old.readOnly === 1,
        run: { key: old.runKey, id: old.runId! },
        expiresAt,
        endsAt: expiresAt,
      })
      await tx.run(copyRuns, { from: key, to: successor })
      return made
    })
  }
}

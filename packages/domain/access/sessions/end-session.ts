import { missing } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { Changes } from '../changes.ts'
import type { Sessions } from '../credentials.ts'
import type { Meter } from '../seams.ts'
import { dropTokensOf } from '../tokens/drop-tokens.ts'
import { deleteSession, deleteSessionsOf } from './session-rows.ts'

/** Signs browsers out; see `Sessions.end`. */
export function makeEndSession(deps: {
  db: Database
  emit: Emit
  changes: Changes
  meter: Pick<Meter, 'adjust'>
}): Sessions['end'] {
  const { db, emit, changes, meter } = deps
  return async function endSession(caller, input) {
    mustChange(caller)
    const { key: principal, name } = caller.principal
    if ('all' in input) {
      if (principal === undefined) return
      await db.inTx(async (tx) => {
        await changes.turn(tx)
        await tx.run(deleteSessionsOf, { principal, but: 0 })
        if (caller.principal.kind === 'user') await dropTokensOf(tx, meter, principal)
        await changes.change(tx, { principal })
        await emit(tx, caller, {
          type: 'session.ended',
          subject: `users/${name}`,
          before: undefined,
          after: { because: 'revoked' },
        } satisfies AccessEvent)
      })
      return
    }
    const { id } = input
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const row = principal === undefined ? undefined : await tx.first(deleteSession, { principal, id })
      if (row === undefined) throw missing(`Session with id=${id} not found`)
      await changes.change(tx, { principal: principal! })
      const { credential } = caller
      const isThis = credential?.kind === 'session' && credential.key === row.key
      await emit(tx, caller, {
        type: 'session.ended',
        subject: `sessions/${id}`,
        before: undefined,
        after: { because: isThis ? 'signed-out' : 'revoked' },
      } satisfies AccessEvent)
    })
  }
}

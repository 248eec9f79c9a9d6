import { type Caller, invalid } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Principals } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { dropResetLinks } from '../passwords/reset-rows.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import { dropTokensOf } from '../tokens/drop-tokens.ts'
import { findToManage, isOwnName, isSelf, takeFound } from './about-principal.ts'
import { checkPrincipalText } from './principal-name.ts'
import { principalsByKey, subjectOf } from './principal-rows.ts'
import { keepStaffed } from './staff.ts'

const setTexts = statement(
  'access.set-principal-texts',
  (k: Kysely<AccessTables>, p: { key: number; displayName: string; email: string; now: number }) =>
    k
      .updateTable('principals')
      .set({ display_name: p.displayName, email: p.email, updated_at: p.now })
      .where('principal_key', '=', p.key),
)

const setDisabled = statement(
  'access.set-principal-disabled',
  (k: Kysely<AccessTables>, p: { key: number; at: number | null; stamp: number; now: number }) =>
    k
      .updateTable('principals')
      .set({ disabled_at: p.at, stamp: p.stamp, updated_at: p.now })
      .where('principal_key', '=', p.key),
)

/** Changes an account or group: one's own names and address, and as whoever manages it all; see `Principals.update`. */
export function makeUpdatePrincipal(deps: AccessVerbDeps): Principals['update'] {
  const { db, emit, clock, changes } = deps
  return async function updatePrincipal(caller, input) {
    const { kind, name, disabled } = input
    const found =
      disabled === undefined && isOwnName(caller, name)
        ? await findSelf(deps, caller, name)
        : await findToManage(deps, caller, name, kind)
    if (found.kind !== kind) throw noPrincipal(name)
    if (disabled !== undefined && kind === 'group') {
      throw invalid('A group cannot be disabled.', 'Take its roles away, or delete it.')
    }
    if (disabled === true && isSelf(caller, found)) {
      throw invalid('Nobody can disable their own account.', 'Ask another administrator.')
    }
    if (input.displayName !== undefined) checkPrincipalText(input.displayName, 'display_name')
    if (input.email !== undefined) checkPrincipalText(input.email, 'email')
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const taken = await takeFound(tx, found)
      const [old] = await principalsByKey(tx, [taken.key])
      const texts = { displayName: input.displayName ?? old!.displayName, email: input.email ?? old!.email }
      const before = { displayName: old!.displayName, email: old!.email }
      const changed = (['displayName', 'email'] as const).filter((field) => texts[field] !== before[field])
      if (changed.length > 0) {
        await tx.run(setTexts, { key: taken.key, ...texts, now: clock() })
        const of = (all: typeof texts) => Object.fromEntries(changed.map((field) => [field, all[field]]))
        await emit(tx, caller, {
          type: 'principal.updated',
          subject: subjectOf(taken),
          before: of(before),
          after: of(texts),
        } satisfies AccessEvent)
      }
      if (disabled !== undefined && disabled !== (taken.disabledAt !== null)) {
        await switchAccount(deps, tx, caller, taken, disabled)
      }
      await changes.change(tx, { principal: taken.key })
      const [details] = await principalsByKey(tx, [taken.key])
      return details!
    })
  }
}

async function findSelf({ db }: AccessVerbDeps, caller: Caller, name: string): Promise<FoundPrincipal> {
  const found = await findPrincipal(db.read, name)
  if (found === undefined || !isSelf(caller, found)) throw noPrincipal(name)
  mustChange(caller)
  return found
}

/** What was signed in or handed out under the account before it was disabled does not come back with it. */
async function switchAccount(
  { emit, clock, meter }: AccessVerbDeps,
  tx: Tx,
  caller: Caller,
  { key, kind, name, stamp }: FoundPrincipal,
  disabled: boolean,
): Promise<void> {
  const now = clock()
  await keepStaffed(tx, { principals: disabled ? [key] : [] }, async () => {
    await tx.run(setDisabled, { key, at: disabled ? now : null, stamp: disabled ? stamp + 1 : stamp, now })
  })
  if (disabled) {
    await tx.run(deleteSessionsOf, { principal: key, but: 0 })
    await tx.run(dropResetLinks, { principal: key })
    await dropTokensOf(tx, meter, key)
  }
  await emit(tx, caller, {
    type: disabled ? 'principal.disabled' : 'principal.enabled',
    subject: subjectOf({ kind, name }),
    before: undefined,
    after: undefined,
  } satisfies AccessEvent)
}

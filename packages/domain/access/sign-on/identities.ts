import type { Clock } from '@orrery/base/kernel'
import { type Caller, missing, must, Problem } from '@orrery/base/kernel'
import { type Database, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { Changes } from '../changes.ts'
import type { SignOn } from '../credentials.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { keepStaffed } from '../principals/staff.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import { checkMappingText } from './mappings.ts'
import { findIdentity, insertIdentity } from './sign-on-rows.ts'

interface Deps {
  readonly db: Database
  readonly clock: Clock
  readonly emit: Emit
  readonly changes: Changes
}

const identitiesOf = statement(
  'access.identities-of-account',
  (k: Kysely<AccessTables>, p: { principal: number }) =>
    k
      .selectFrom('identities')
      .select(['issuer', 'subject', 'email', 'linked_at as linkedAt', 'last_sign_on_at as lastSignOnAt'])
      .where('principal_key', '=', p.principal)
      .orderBy('issuer')
      .orderBy('subject'),
)

const deleteIdentity = statement(
  'access.delete-identity',
  (k: Kysely<AccessTables>, p: { principal: number; issuer: string; subject: string }) =>
    k
      .deleteFrom('identities')
      .where('issuer', '=', p.issuer)
      .where('subject', '=', p.subject)
      .where('principal_key', '=', p.principal)
      .returning('email'),
)

/** Which identities of providers an account has; see `SignOn`. */
export function makeIdentities(deps: Deps): Pick<SignOn, 'identities' | 'linkIdentity' | 'unlinkIdentity'> {
  const { db, clock, emit, changes } = deps
  return {
    async identities(caller, { name }) {
      must(caller, 'server.manage')
      const { key: principal } = await findUser(db.read, name)
      return db.read.all(identitiesOf, { principal })
    },

    async linkIdentity(caller, { name, issuer, subject }) {
      mustAdministrate(caller)
      checkMappingText(issuer, 'issuer')
      checkMappingText(subject, 'subject')
      await db.inTx(async (tx) => {
        await changes.turn(tx)
        const found = await findUser(tx, name)
        const known = await tx.first(findIdentity, { issuer, subject })
        if (known?.key === found.key) return
        if (known !== undefined) throw isTaken(known.name)
        await tx.run(insertIdentity, { issuer, subject, principal: found.key, email: '', now: clock() })
        await changes.change(tx, { principal: found.key })
        await emit(tx, caller, {
          type: 'identity.linked',
          subject: `users/${found.name}`,
          before: undefined,
          after: { issuer, email: '' },
        } satisfies AccessEvent)
      })
    },

    async unlinkIdentity(caller, { name, issuer, subject }) {
      mustAdministrate(caller)
      await db.inTx(async (tx) => {
        await changes.turn(tx)
        const found = await findUser(tx, name)
        const email = await takeIdentity(tx, found, { issuer, subject })
        if (email === undefined) {
          throw missing(`'${found.name}' has no such identity of ${issuer.slice(0, 200)}.`)
        }
        await tx.run(deleteSessionsOf, { principal: found.key, but: 0 })
        await changes.change(tx, { principal: found.key })
        await emit(tx, caller, {
          type: 'identity.unlinked',
          subject: `users/${found.name}`,
          before: { issuer, email },
          after: undefined,
        } satisfies AccessEvent)
      })
    },
  }
}

function mustAdministrate(caller: Caller): void {
  must(caller, 'server.manage')
  mustChange(caller)
}

async function findUser(reads: Pick<Tx, 'first'>, name: string): Promise<FoundPrincipal> {
  const found = await findPrincipal(reads as Tx, name)
  if (found === undefined || found.kind !== 'user') throw noPrincipal(name)
  return found
}

/** @returns its address of mail; undefined where the account has it not */
async function takeIdentity(
  tx: Tx,
  { key: principal }: FoundPrincipal,
  identity: { readonly issuer: string; readonly subject: string },
): Promise<string | undefined> {
  let email: string | undefined
  // It may be all by which the last administrator comes in.
  await keepStaffed(tx, { principals: [principal] }, async () => {
    email = (await tx.first(deleteIdentity, { principal, ...identity }))?.email
  })
  return email
}

function isTaken(name: string): Problem {
  return new Problem('RESOURCE_ALREADY_EXISTS', `This identity is the account '${name}' already.`, {
    hint: 'Unlink it there first.',
  })
}

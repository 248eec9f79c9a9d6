import type { Clock } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { findPrincipalByKey, foldName } from '../decisions/find-principal.ts'

/** By name: accounts and tokens have the names of their makers, of whom some are gone. */
const makersOf = statement(
  'access.makers-of',
  (k: Kysely<AccessTables>, p: { service: number; now: number }) =>
    k
      .selectFrom('principals as s')
      .select('s.created_by as name')
      .where('s.principal_key', '=', p.service)
      .unionAll(
        k
          .selectFrom('tokens as t')
          .innerJoin('principals as o', 'o.principal_key', 't.principal_key')
          .select('t.created_by as name')
          .where('t.principal_key', '=', p.service)
          .where('t.ends_at', '>', p.now)
          .whereRef('t.stamp', '=', 'o.stamp'),
      ),
)

const byFoldedNames = statement(
  'access.principals-by-folded-name',
  (k: Kysely<AccessTables>, p: { names: readonly string[] }, words) =>
    k
      .selectFrom('principals')
      .select(['principal_key as key', 'kind'])
      .where(words.among(sql.ref('folded_name'), p.names)),
)

/**
 * Who may stand behind an account: a user is itself; a service account is itself, whoever made it, whoever made one of its
 * tokens that still works, and, where another service account did, whoever is behind that one. Two accounts may be one
 * person where these sets meet. What it cannot know: that one person has two users.
 *
 * @returns internal keys; none where the account is gone or disabled. A maker who is disabled is among them.
 */
export function makePersonsBehind({ clock }: { readonly clock: Clock }) {
  return async function personsBehind(reads: Reads, principalKey: number): Promise<ReadonlySet<number>> {
    const account = await findPrincipalByKey(reads, principalKey)
    if (account === undefined || account.disabledAt !== null) return new Set()
    const persons = new Set([principalKey])
    let services = account.kind === 'service' ? [principalKey] : []
    while (services.length > 0) {
      const names = new Set<string>()
      for (const service of services) {
        for (const { name } of await reads.all(makersOf, { service, now: clock() })) names.add(foldName(name))
      }
      const makers = (await reads.all(byFoldedNames, { names: [...names] })).filter(
        ({ key }) => !persons.has(key),
      )
      for (const { key } of makers) persons.add(key)
      services = makers.filter(({ kind }) => kind === 'service').map(({ key }) => key)
    }
    return persons
  }
}

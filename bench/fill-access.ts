import { createHash, randomBytes } from 'node:crypto'
import { makePasswordHasher } from '@orrery/domain/access'
import type { BulkInsert, Database, Tx, Value } from '@orrery/drivers/db'
import { sql } from 'kysely'

/** What an account of the bench signs in with. */
export const PASSWORD = 'correct horse battery'

export interface FilledAccount {
  readonly key: number
  readonly name: string
  /** A personal token of `default`. */
  readonly token: string
}

const AT = 1_750_000_000_000
const FAR = 4_000_000_000_000

interface Row {
  readonly key: number
}

async function insertPrincipal(tx: Tx, kind: 'user' | 'group', name: string): Promise<number> {
  const { rows } = await sql<Row>`insert into principals
    (kind, name, folded_name, display_name, email, is_admin, stamp, created_at, created_by, updated_at)
    values (${kind}, ${name}, ${name}, '', '', 0, 0, ${AT}, '', ${AT})
    returning principal_key as key`.execute(tx.tables())
  return rows[0]!.key
}

/** Puts a user with a password and a token into a migrated store, past every verb. */
export async function fillAccount(db: Database, workspaceKey: number, name: string): Promise<FilledAccount> {
  const hash = await makePasswordHasher().hash(PASSWORD, '')
  const token = `orrery_pat_${randomBytes(32).toString('base64url')}`
  return db.inTx(async (tx) => {
    const key = await insertPrincipal(tx, 'user', name)
    const of = createHash('sha256').update(token).digest('hex')
    await sql`insert into passwords (principal_key, hash, changed_at) values (${key}, ${hash}, ${AT})`.execute(
      tx.tables(),
    )
    await sql`insert into tokens (token_id, hash, kind, name, principal_key, workspace_key, all_workspaces, read_only,
      shown, stamp, created_at, created_by, expires_at, ends_at)
      values (${`id-${name}`}, ${of}, 'personal', 'bench', ${key}, ${workspaceKey}, 0, 0, '', 0, ${FAR - 1}, '', ${FAR}, ${FAR})`.execute(
      tx.tables(),
    )
    return { key, name, token }
  })
}

/** Gives a built-in role of a workspace. */
export async function fillRole(
  db: Database,
  workspaceKey: number,
  principal: number,
  role: string,
): Promise<void> {
  await db.inTx(async (tx) => {
    await sql`insert into role_assignments (workspace_key, principal_key, role_key, source, created_at, created_by)
      select workspace_key, ${principal}, role_key, 'manual', ${AT}, '' from roles
      where workspace_key = ${workspaceKey} and name = ${role}`.execute(tx.tables())
  })
}

const grantRows: BulkInsert = {
  table: 'grants',
  columns: {
    workspace_key: 'int',
    principal_key: 'int',
    role_key: 'int',
    kind: 'text',
    target: 'int',
    level: 'text',
    permission: 'text',
    effect: 'text',
    created_at: 'int',
    created_by: 'text',
  },
  key: ['grant_key'],
  onClash: 'fail',
}

/** Lets an account or group read experiments. @param targets internal keys */
export async function fillGrants(
  db: Database,
  workspaceKey: number,
  principal: number,
  targets: readonly number[],
): Promise<void> {
  await db.inTx((tx) =>
    tx.bulk(
      grantRows,
      targets.map((target): Value[] => [
        workspaceKey,
        principal,
        0,
        'experiment',
        target,
        'READ',
        '',
        'allow',
        AT,
        '',
      ]),
    ),
  )
}

/** Groups that have a member. @returns their keys */
export function fillGroups(db: Database, member: number, count: number): Promise<number[]> {
  return db.inTx(async (tx) => {
    const keys: number[] = []
    for (let n = 0; n < count; n++) {
      const group = await insertPrincipal(tx, 'group', `group-${n}`)
      await sql`insert into group_members (group_key, member_key, source) values (${group}, ${member}, 'manual')`.execute(
        tx.tables(),
      )
      keys.push(group)
    }
    return keys
  })
}

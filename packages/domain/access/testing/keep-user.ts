import type { Database } from '@orrery/drivers/db'
import type { AccessTables } from '../access-tables.ts'

/** Keeps an account without password and rights. @returns its key */
export function keepUser(db: Database, name: string, isAdmin: 0 | 1 = 0): Promise<number> {
  return db.inTx(async (tx) => {
    const { principal_key } = await tx
      .tables<AccessTables>()
      .insertInto('principals')
      .values({
        kind: 'user',
        name,
        folded_name: name,
        display_name: '',
        email: '',
        home_workspace_key: null,
        is_admin: isAdmin,
        disabled_at: null,
        stamp: 0,
        created_at: 1,
        created_by: '',
        updated_at: 1,
        last_seen_at: null,
      })
      .returning('principal_key')
      .executeTakeFirstOrThrow()
    return principal_key
  })
}

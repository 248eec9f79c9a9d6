import type { Database } from '@orrery/drivers/db'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { orrery } from '../servers/orrery.ts'

interface Tables {
  workspaces: { workspace_key: number; name: string }
}

/**
 * Makes a home by a start of the server, then hands its database to `fill`, past the server. Nothing waits for the
 * disk meanwhile.
 */
export async function fillHome(
  folder: string,
  fill: (db: Database, workspaceKey: number) => Promise<void>,
): Promise<void> {
  await (await orrery(folder).start()).stop()
  await using db = await openSqlite({ folder, sync: false })
  const row = await db.read
    .tables<Tables>()
    .selectFrom('workspaces')
    .select('workspace_key as key')
    .where('name', '=', 'default')
    .executeTakeFirstOrThrow()
  await fill(db, row.key)
}

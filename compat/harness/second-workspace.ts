/*
 * node second-workspace.ts HOME [DATABASE_URL]: makes the workspace `elsewhere` before a server is started, so that it is
 * there at the first request.
 */
import { mkdirSync } from 'node:fs'
import { systemClock as clock, randomIds as ids } from '@orrery/base/kernel'
import { makeAccess } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { makeTracking, NOTHING_METERED, NOTHING_OWNED } from '@orrery/domain/tracking'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { MIGRATIONS } from '../../apps/server/migrations.ts'

const [home, url] = process.argv.slice(2)
mkdirSync(home!, { recursive: true })
const db = url === undefined ? await openSqlite({ folder: home! }) : await openPostgres({ url })
await db.migrate(MIGRATIONS)
const { ensureWorkspace } = makeAccess({ db, clock })
const tracking = makeTracking({
  db,
  clock,
  ids,
  emit: makeEmit({ clock, ids }),
  wakeRemovals: () => {},
  ownership: NOTHING_OWNED,
  meter: NOTHING_METERED,
})
await db.inTx(async (tx) => {
  const { key } = await ensureWorkspace(tx, 'elsewhere')
  await tracking.experiments.ensureDefault(tx, key)
})
await db.close()

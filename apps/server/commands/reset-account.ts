import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { randomIds, systemClock } from '@orrery/base/kernel'
import {
  DEFAULT_WORKSPACE,
  makeAccess,
  makeCredentials,
  makeMeter,
  makePasswordHasher,
  systemCaller,
} from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { runningRuns } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import { DATABASE_FILE, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import { refuseWithoutDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import type { Settings } from '../settings.ts'

export interface ResetDone {
  readonly name: string
  /** The secret part; left out where the password was given. */
  readonly link?: string
}

/** Gives an account a new password, or a link that does. Throws `CannotStart` where the data cannot be reached. */
export async function resetAccount(
  settings: Settings,
  {
    name,
    revoke,
    password,
  }: { readonly name: string; readonly revoke: boolean; readonly password?: string | undefined },
): Promise<ResetDone> {
  const db = await openThere(settings)
  try {
    await upToDate(db)
    const [clock, ids] = [systemClock, randomIds]
    const emit = makeEmit({ clock, ids })
    const access = makeAccess({ db, clock, ids })
    const { resets } = makeCredentials({
      ...{ db, clock, ids, emit, meter: makeMeter({ db, emit }), hasher: makePasswordHasher() },
      ...access,
      running: runningRuns,
    })
    const caller = systemCaller(await access.findWorkspace(DEFAULT_WORKSPACE))
    return password === undefined
      ? await resets.begin(caller, { name, revoke })
      : await resets.set(caller, { name, password, revoke })
  } finally {
    await db.close()
  }
}

async function openThere(settings: Settings): Promise<Database> {
  const { home, databaseUrl } = settings
  if (databaseUrl !== undefined) {
    const { openPostgres } = await import('@orrery/drivers/db/postgres')
    return openPostgres({ url: databaseUrl })
  }
  refuseWithoutDatabase(settings)
  if (!existsSync(join(home, DATABASE_FILE))) {
    throw new CannotStart(`There is no workspace at ${home}: name its home with --home.`)
  }
  try {
    return await openSqlite({ folder: home })
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}

/** A schema of a newer version: the driver says it in one sentence. */
async function upToDate(db: Database): Promise<void> {
  try {
    await db.migrate(MIGRATIONS)
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}

import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import type { Mailer } from '@orrery/drivers/egress'
import { openMailer } from '@orrery/drivers/egress/smtp'
import { openEgress } from '@orrery/drivers/egress/undici'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { CannotStart } from './cannot-start.ts'
import { connectPostgres } from './commands/connect-postgres.ts'
import { markDatabase, refuseWithoutDatabase } from './database-mark.ts'
import { makeFolder } from './make-folder.ts'
import { MIGRATIONS } from './migrations.ts'
import type { Settings } from './settings.ts'
import { signOnSettings } from './sign-on-settings.ts'
import { wire } from './wire.ts'
import type { Accounts } from './wire-access.ts'

/** The workspace, wired and ready to listen. */
export interface Composition {
  readonly http: FastifyInstance
  readonly accounts: Accounts
  /** Lets requests finish, then closes the store. */
  close(): Promise<void>
}

/**
 * Opens the drivers and wires the workspace over them. The only place where implementations are chosen.
 *
 * Rejects with `CannotStart` where the surroundings do not allow it.
 */
export async function compose(settings: Settings, log: Logger): Promise<Composition> {
  const signOn = signOnSettings(settings)
  makeHome(settings.home)
  refuseWithoutDatabase(settings)
  const db = await openStore(settings, log)
  try {
    await bringUpToDate(db)
    markDatabase(settings)
    const store = await openArtifacts(settings)
    const egress = openEgress({ allow: [...settings.egressAllow, ...hostOf(settings.oidcIssuer)] })
    const mailer = openMail(settings)
    const publicUrl = settings.publicUrl ?? addressOf(settings)
    const { http, accounts, close } = await wire(
      { db, store, egress, mailer },
      { ...settings, publicUrl, signOn },
      log,
    )
    return {
      http,
      accounts,
      async close() {
        await close()
        await Promise.all([egress.close(), mailer?.close()])
        await store.close()
        await db.close()
      },
    }
  } catch (error) {
    await db.close()
    throw error
  }
}

function makeHome(home: string): void {
  try {
    makeFolder(home)
    accessSync(home, constants.W_OK)
  } catch (error) {
    throw new CannotStart(
      `The home ${home} cannot be written: ${(error as Error).message}. Choose another with --home.`,
    )
  }
}

/** A schema of a newer version, or no room for the copy before a migration: the driver says it in one sentence. */
async function bringUpToDate(db: Database): Promise<void> {
  try {
    await db.migrate(MIGRATIONS)
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}

async function openStore({ home, databaseUrl }: Settings, log: Logger): Promise<Database> {
  if (databaseUrl !== undefined) return connectPostgres(databaseUrl)
  try {
    const { openSqlite } = await import('@orrery/drivers/db/sqlite')
    return await openSqlite({
      folder: home,
      onUncleanStart: (walBytes) =>
        log.warn(
          { walBytes },
          "the database was not closed the last time; all that was acknowledged is there. 'orrery check' reads every page of it",
        ),
    })
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}

async function openArtifacts({
  home,
  artifacts = join(home, 'artifacts'),
}: Settings): Promise<ArtifactStore> {
  try {
    makeFolder(artifacts)
    return await openLocalArtifactStore(artifacts)
  } catch (error) {
    throw new CannotStart(
      `The folder for artifacts, ${artifacts}, cannot be used: ${(error as Error).message}. Choose another with --artifacts.`,
    )
  }
}

/** The operator has named it: it may be one of the inside. */
function hostOf(issuer: string | undefined): string[] {
  return issuer === undefined ? [] : [new URL(issuer).host]
}

function openMail({ smtpUrl, mailFrom }: Settings): Mailer | undefined {
  if (smtpUrl === undefined) {
    if (mailFrom === undefined) return undefined
    throw new CannotStart('--mail-from needs --smtp-url as well: the mail server.')
  }
  if (mailFrom === undefined) {
    throw new CannotStart('--smtp-url needs --mail-from as well: the address that e-mail comes from.')
  }
  return openMailer({ url: smtpUrl, from: mailFrom })
}

/** As it listens; of a port that is chosen at the start nothing is known yet. */
function addressOf({ host, port, basePath }: Settings): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}${port === 0 ? '' : `:${port}`}${basePath}`
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Caller, countingIds, type Readable } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { accessMigrations, localOwner, makeAccess } from '../../access/index.ts'
import { eventsMigrations, makeEmit, readEvents } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import {
  makeArtifacts,
  makeGrants,
  makeTracking,
  NOTHING_METERED,
  NOTHING_OWNED,
  trackingMigrations,
} from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { registryMigrations } from '../index.ts'
import { makeVersionFiles } from '../manifests/version-files.ts'
import type { RegistryTables } from '../registry-tables.ts'

export const TEST_MIGRATIONS = [eventsMigrations, accessMigrations, trackingMigrations, registryMigrations]

/** What the registry is made of, over a fresh database and an empty store, with two workspaces. */
export async function openRegistry(db: Database) {
  let time = 1_700_000_000_000
  const clock = () => time
  const ids = countingIds()
  const emit = checkedEmit(makeEmit({ clock, ids }))
  const folder = await mkdtemp(join(tmpdir(), 'orrery-registry-'))
  const store = await openLocalArtifactStore(folder)
  const grants = makeGrants({ key: Buffer.alloc(32, 1), clock })
  const tracking = makeTracking({
    db,
    emit,
    clock,
    ids,
    wakeRemovals: () => {},
    ownership: NOTHING_OWNED,
    meter: NOTHING_METERED,
  })
  const { ensureWorkspace, findWorkspace } = makeAccess({ db, clock })
  const versionFiles = makeVersionFiles({ db, store })
  const artifacts = makeArtifacts({
    ...{ db, emit, clock, store, grants, meter: NOTHING_METERED },
    findWorkspace,
    versionFiles,
  })
  const deps: RegistryDeps = {
    db,
    emit,
    clock,
    ids,
    store,
    wakeRemovals: () => {},
    meter: NOTHING_METERED,
    ownership: NOTHING_OWNED,
  }

  async function callerOf(name: string): Promise<Caller> {
    const workspace = await db.inTx(async (tx) => {
      const made = await ensureWorkspace(tx, name)
      await tracking.experiments.ensureDefault(tx, made.key)
      return made
    })
    return localOwner(workspace, { requestId: 'test', address: '' })
  }

  return {
    deps,
    tracking,
    findWorkspace,
    artifacts,
    store,
    here: await callerOf('default'),
    elsewhere: await callerOf('elsewhere'),
    /** Lets time pass. */
    later: (ms: number) => {
      time += ms
    },
    /** Of this module, as they were written, oldest first. */
    events: async () =>
      (await readEvents(db.read, 0, 10_000)).filter(({ subject }) => subject.startsWith('models/')),
    rowsLeft: async (table: keyof RegistryTables) => {
      const { rows } = await db.read
        .tables<RegistryTables>()
        .selectFrom(table)
        .select((e) => e.fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
      return Number(rows)
    },
    /** A run of the Default experiment with files by their path below its artifacts. @returns its id */
    async runWith(caller: Caller, files: Readonly<Record<string, string>>): Promise<string> {
      const { info } = await tracking.runs.create(caller, { experimentId: '0' })
      for (const [path, text] of Object.entries(files)) {
        const { path: root } = await artifacts.findRoot(caller, { runId: info.runId })
        await artifacts.writeArtifact(caller, `${root}/${path}`, bytes(text))
      }
      return info.runId
    },
    /** A logged model of the Default experiment with files. @returns its id */
    async loggedModelWith(caller: Caller, files: Readonly<Record<string, string>>): Promise<string> {
      const { modelId } = await tracking.loggedModels.create(caller, { experimentId: '0' })
      for (const [path, text] of Object.entries(files)) {
        const { path: root } = await artifacts.findRoot(caller, { modelId })
        await artifacts.writeArtifact(caller, `${root}/${path}`, bytes(text))
      }
      return modelId
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same caller, who may read of the models only these. */
export function reading(caller: Caller, models: Readable): Caller {
  return { ...caller, readable: (kind) => (kind === 'model' ? models : caller.readable(kind)) }
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

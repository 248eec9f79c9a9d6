import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caller, countingIds, type Permission } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit } from '../../events/index.ts'
import { NOTHING_METERED } from '../deps.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { makeGrants } from './grants.ts'
import { makeArtifacts } from './make-artifacts.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', message: 'Get a new one.' }

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** Two runs in two experiments, each with a file; and a logged model that the first run made. */
async function openBed(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-artifacts-'))
  const store = await openLocalArtifactStore(root)
  const tracking = await openTracking(db)
  const { here, experiments, runs, loggedModels } = tracking
  const clock = () => 1_700_000_000_000
  const grants = makeGrants({ key: Buffer.alloc(32, 1), clock })
  const emit = makeEmit({ clock, ids: countingIds(1_000_000) })
  const artifacts = makeArtifacts({
    db,
    emit,
    clock,
    store,
    grants,
    meter: NOTHING_METERED,
    findWorkspace: tracking.findWorkspace,
  })
  async function made(name: string) {
    const experimentId = await experiments.create(here, { name })
    const { info } = await runs.create(here, { experimentId })
    const { path } = await artifacts.findRoot(here, { runId: info.runId })
    await artifacts.writeArtifact(here, `${path}/a.txt`, body('a'))
    return { runId: info.runId, path, experimentId }
  }
  const [one, other] = [await made('one'), await made('other')]
  const { modelId } = await loggedModels.create(here, {
    experimentId: one.experimentId,
    sourceRunId: one.runId,
  })
  const model = (await artifacts.findRoot(here, { modelId })).path
  await artifacts.writeArtifact(here, `${model}/MLmodel`, body('m'))
  const keyOf = async (runId: string) =>
    db.read
      .tables<TrackingTables>()
      .selectFrom('runs')
      .select(['run_key as run', 'experiment_key as experiment'])
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow()
  return {
    ...artifacts,
    here,
    one: { ...one, ...(await keyOf(one.runId)) },
    other: { ...other, ...(await keyOf(other.runId)) },
    modelId,
    model,
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true })
      await db.close()
    },
  }
}

type Bed = Awaited<ReturnType<typeof openBed>>

/** A call of every verb that a path names its thing to, with the permission that it needs there. */
const calls = (
  it: Bed,
  path: string,
): Record<string, [Permission | undefined, (c: Caller) => Promise<unknown>]> => ({
  open: ['artifact.read', async (c) => (await it.openArtifact(c, `${path}/a.txt`)).bytes().toArray()],
  list: ['artifact.read', (c) => it.listArtifacts(c, path, { limit: 10 })],
  presignDownload: ['artifact.read', (c) => it.presignDownload(c, `${path}/a.txt`, 60)],
  write: ['artifact.write', (c) => it.writeArtifact(c, `${path}/b.txt`, body('b'))],
  presignUpload: ['artifact.write', (c) => it.presignUpload(c, `${path}/b.txt`, 60)],
  createUpload: ['artifact.write', (c) => it.createUpload(c, `${path}/b.txt`, 1)],
  delete: ['artifact.delete', (c) => it.deleteArtifact(c, `${path}/nothing.txt`)],
})

eachEngine('permissions of artifacts', [accessMigrations, eventsMigrations, trackingMigrations], (open) => {
  test('every verb asks for the experiment of the run or model that a path leads to', async () => {
    await using it = await openBed(await open())
    for (const [name, [permission, call]] of Object.entries(calls(it, it.one.path))) {
      const lacking: Caller = {
        ...it.here,
        may: (asked, on) => asked !== permission || (typeof on === 'number' && on !== it.one.experiment),
      }
      if (permission === undefined) await call(lacking)
      else await assert.rejects(call(lacking), DENIED, name)
      const blind: Caller = {
        ...lacking,
        readable: () => ({ kind: 'all-except', keys: [it.one.experiment] }),
      }
      await assert.rejects(call(blind), ABSENT, name)
      await call({ ...it.here, may: (asked) => asked === permission })
    }
    const lacking: Caller = { ...it.here, may: (_, on) => on !== it.one.experiment }
    await assert.rejects(it.writeArtifact(lacking, `${it.model}/x`, body('x')), DENIED)
    await assert.rejects(it.deleteArtifact(lacking, it.model), DENIED)
    for (const path of [`${it.one.path}/b.txt`, `${it.model}/x`]) {
      const [folder, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
      const { entries } = await it.listArtifacts(it.here, folder, { limit: 10 })
      assert.equal(
        entries.some((entry) => entry.name === name),
        path.endsWith('b.txt'),
        path,
      )
    }
  })

  test('what was signed for somebody who might is good for its own path only', async () => {
    await using it = await openBed(await open())
    const able: Caller = {
      ...it.here,
      may: (asked, on) => asked === 'artifact.write' && on === it.one.experiment,
    }
    const access = await it.presignUpload(able, `${it.one.path}/c.txt`, 60)
    assert.ok('grant' in access)
    const stranger: Caller = { ...it.here, may: () => false, readable: () => ({ kind: 'only', keys: [] }) }
    await it.writeGranted(stranger, access.grant, body('c'))
    await assert.rejects(it.openGranted(stranger, access.grant), DENIED)
    await assert.rejects(it.presignUpload(able, `${it.other.path}/c.txt`, 60), DENIED)
  })

  test('a confined credential reaches the files of its runs, and of the models that they made', async () => {
    await using it = await openBed(await open())
    const confined: Caller = {
      ...it.here,
      credential: { kind: 'tracking', key: 1 },
      confinement: { runs: new Set([it.one.run]), refusal: 'Get a new one.' },
    }
    for (const [name, [, call]] of Object.entries(calls(it, it.one.path)))
      await call(confined).catch((error) => {
        throw new Error(`${name}: ${error}`)
      })
    await it.writeArtifact(confined, `${it.model}/x`, body('x'))
    await it.findRoot(confined, { modelId: it.modelId })
    for (const [name, [, call]] of Object.entries(calls(it, it.other.path))) {
      await assert.rejects(call(confined), UNAUTHENTICATED, name)
    }
    await assert.rejects(it.findRoot(confined, { runId: it.other.runId }), UNAUTHENTICATED)
    // Everybody who may read all experiments may look at the folders above; a confined credential may not.
    await it.listArtifacts(it.here, it.other.experimentId, { limit: 10 })
    for (const folder of ['', it.one.experimentId, it.other.experimentId]) {
      await assert.rejects(it.listArtifacts(confined, folder, { limit: 10 }), ABSENT, folder)
    }
    const elsewhere: Caller = {
      ...confined,
      confinement: { runs: new Set([it.other.run]), refusal: 'Get a new one.' },
    }
    await assert.rejects(it.findRoot(elsewhere, { modelId: it.modelId }), UNAUTHENTICATED)
    await assert.rejects(it.writeArtifact(elsewhere, `${it.model}/y`, body('y')), UNAUTHENTICATED)
  })
})

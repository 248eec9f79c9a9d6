import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caller, countingIds, Problem, type ProblemCode, type Readable } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit } from '../../events/index.ts'
import { NOTHING_METERED } from '../deps.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { makeGrants } from './grants.ts'
import { makeArtifacts } from './make-artifacts.ts'
import { forgetOwned, recordOwned } from './record-owned.ts'
import { learnDigest, recordedBelow } from './recorded-below.ts'

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const isProblem = (code: ProblemCode) => (error: unknown) => error instanceof Problem && error.code === code
const isMissing = isProblem('RESOURCE_DOES_NOT_EXIST')
const isFixed = (error: unknown) =>
  error instanceof Problem &&
  error.code === 'INVALID_PARAMETER_VALUE' &&
  error.message === 'The files of a registered version never change.'

const seeing = (caller: Caller, kind: 'experiment' | 'model', readable: Readable): Caller => ({
  ...caller,
  readable: (asked) => (asked === kind ? readable : caller.readable(asked)),
})

const FOLDER = 'f'.repeat(32)
const ROOT = `registry/${FOLDER}/artifacts`
const MODEL = 7

/** A store with one folder of the registry, of the first workspace. */
async function openWithFolder(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-folders-'))
  const store = await openLocalArtifactStore(root)
  const tracking = await openTracking(db)
  const clock = () => 1_700_000_000_000
  const { here, elsewhere } = tracking
  const artifacts = makeArtifacts({
    db,
    emit: makeEmit({ clock, ids: countingIds(1_000_000) }),
    clock,
    store,
    grants: makeGrants({ key: Buffer.alloc(32, 1), clock }),
    meter: NOTHING_METERED,
    findWorkspace: tracking.findWorkspace,
    findVersionFolder: async (_reads, caller, folderId) =>
      caller.workspace.key === here.workspace.key && folderId === FOLDER
        ? { owner: 'models/m/versions/1', model: MODEL }
        : undefined,
  })
  for (const path of ['MLmodel', 'data/a', 'data/b', 'data2']) {
    const written = await store.write(`${here.workspace.key}/${ROOT}/${path}`, body(path))
    await db.inTx((tx) =>
      recordOwned({ meter: NOTHING_METERED }, tx, here, ROOT, [{ path, ...written }], clock()),
    )
  }
  return {
    ...artifacts,
    tracking,
    store,
    here,
    elsewhere,
    async read(caller: Caller, path: string): Promise<string> {
      const chunks: Uint8Array[] = []
      for await (const chunk of (await artifacts.openArtifact(caller, path)).bytes()) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

eachEngine('folders of the registry', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('are read by those who may read the model', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    assert.equal(await bed.read(bed.here, `${ROOT}/data/a`), 'data/a')
    const blind = seeing(bed.here, 'model', { kind: 'all-except', keys: [MODEL] })
    const narrow = seeing(bed.here, 'model', { kind: 'only', keys: [MODEL] })
    const noExperiments = seeing(bed.here, 'experiment', { kind: 'only', keys: [] })
    for (const caller of [narrow, noExperiments]) {
      assert.equal(await bed.read(caller, `${ROOT}/MLmodel`), 'MLmodel')
      assert.equal((await bed.listArtifacts(caller, ROOT, { limit: 10 })).entries.length, 3)
      assert.equal((await bed.presignDownload(caller, `${ROOT}/MLmodel`, 60)).size, 7)
    }
    for (const caller of [blind, bed.elsewhere]) {
      await assert.rejects(bed.read(caller, `${ROOT}/MLmodel`), isMissing)
      await assert.rejects(bed.presignDownload(caller, `${ROOT}/MLmodel`, 60), isMissing)
    }
    await assert.rejects(bed.listArtifacts(blind, ROOT, { limit: 10 }), isMissing)
    await assert.rejects(bed.listArtifacts(narrow, 'registry', { limit: 10 }), isMissing)
    await assert.rejects(bed.read(bed.here, `registry/${'0'.repeat(32)}/artifacts/x`), isMissing)
    await assert.rejects(bed.read(bed.here, `registry/x/${FOLDER}/artifacts/MLmodel`), isMissing)
  })

  test('are never written to or deleted from, whether they are there or not', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    for (const root of [ROOT, `registry/${'0'.repeat(32)}/artifacts`]) {
      for (const path of [`${root}/MLmodel`, `${root}/new`, root]) {
        await assert.rejects(bed.writeArtifact(bed.here, path, body('x')), isFixed)
        await assert.rejects(bed.deleteArtifact(bed.here, path), isFixed)
        await assert.rejects(bed.createUpload(bed.here, path, 1), isFixed)
        await assert.rejects(bed.presignUpload(bed.here, path, 60), isFixed)
      }
    }
    await assert.rejects(bed.writeArtifact(bed.here, 'registry/x', body('x')), isMissing)
    assert.equal(await bed.read(bed.here, `${ROOT}/MLmodel`), 'MLmodel')
  })

  test('are known to a scan of the store', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    await forgetOwned({ db, meter: NOTHING_METERED }, bed.here.workspace.key, ROOT)
    assert.deepEqual(await recordedBelow(db.read, bed.here, ROOT, 10), [])
    assert.deepEqual(await bed.rebuildArtifactFiles(bed.here), { written: 4, forgotten: 0, orphans: 0 })
    assert.equal((await recordedBelow(db.read, bed.here, ROOT, 10)).length, 4)
  })

  test('records below a path are told with their paths below it', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    const below = async (path: string, caller = bed.here, limit = 10) =>
      (await recordedBelow(db.read, caller, path, limit)).map((file) => file.below)
    assert.deepEqual(await below(ROOT), ['MLmodel', 'data/a', 'data/b', 'data2'])
    assert.deepEqual(await below(ROOT, bed.here, 2), ['MLmodel', 'data/a'])
    assert.deepEqual(await below(`${ROOT}/data`), ['a', 'b'])
    assert.deepEqual(await below(`${ROOT}/data/b`), ['b'])
    assert.deepEqual(await below(`${ROOT}/dat`), [])
    assert.deepEqual(await below('registry'), [])
    assert.deepEqual(await below(ROOT, bed.elsewhere), [])
  })

  test('a folder within a folder of the same name belongs to the outer owner', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    const { info } = await bed.tracking.runs.create(bed.here, { experimentId: '0' })
    const { path: root } = await bed.findRoot(bed.here, { runId: info.runId })
    await bed.writeArtifact(bed.here, `${root}/artifacts/x`, body('x'))
    const [file] = await recordedBelow(db.read, bed.here, `${root}/artifacts`, 10)
    assert.deepEqual([file?.root, file?.path, file?.below], [root, 'artifacts/x', 'x'])
  })

  test('a digest is learned for the file that was read', async () => {
    await using db = await open()
    await using bed = await openWithFolder(db)
    const [file] = await recordedBelow(db.read, bed.here, `${ROOT}/data2`, 1)
    const digest = async () => (await recordedBelow(db.read, bed.here, `${ROOT}/data2`, 1))[0]?.sha256
    await db.inTx((tx) => learnDigest(tx, bed.here, { ...file!, etag: 'another' }, 'wrong'))
    await db.inTx((tx) => learnDigest(tx, bed.elsewhere, file!, 'wrong'))
    assert.equal(await digest(), file?.sha256)
    await db.inTx((tx) => learnDigest(tx, bed.here, file!, 'right'))
    assert.equal(await digest(), 'right')
  })
})

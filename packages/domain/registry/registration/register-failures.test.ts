import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { readEvents } from '../../events/index.ts'
import { TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, isProblem, MLMODEL, openVersions, sha256 } from '../testing/open-versions.ts'

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

type Versions = Awaited<ReturnType<typeof openVersions>>

/** That a registration left nothing at all. */
async function assertNothing(db: Database, bed: Versions, modelId?: string): Promise<void> {
  for (const table of ['model_versions', 'version_files', 'version_tags', 'version_summaries'] as const) {
    assert.equal(await bed.rowsLeft(table), 0, table)
  }
  assert.deepEqual(
    (await readEvents(db.read, 0, 1000))
      .map(({ type }) => type)
      .filter((type) => type === 'version.created' || type === 'logged-model.tags-set'),
    [],
  )
  if (modelId !== undefined) assert.deepEqual(await bed.tagsOfLoggedModel(modelId), {})
  const made = await bed.versions.create(bed.here, { name: 'm', source: 's3://b/m' })
  assert.equal(made.version, 1)
}

/** Forgets the digests of all files, as a store would that cannot tell them. */
const forgetDigests = (db: Database) =>
  db.inTx(async (tx) => {
    await tx
      .tables<{ artifact_files: { sha256: string | null } }>()
      .updateTable('artifact_files')
      .set({ sha256: null })
      .execute()
  })

const digests = async (db: Database) =>
  (
    await db.read
      .tables<{ artifact_files: { path: string; sha256: string | null } }>()
      .selectFrom('artifact_files')
      .select(['path', 'sha256'])
      .orderBy('path')
      .execute()
  ).map(({ sha256 }) => sha256)

/** A store that does something else for some calls. */
function storeWith(store: ArtifactStore, other: Partial<ArtifactStore>): ArtifactStore {
  return { ...store, ...other }
}

/** Something happens once, after the next file was opened and before it is read. */
async function openChanging(db: Database) {
  let change: (() => Promise<unknown>) | undefined
  const bed = await openVersions(db, ({ store }) => ({
    store: storeWith(store, {
      open: async (key) => {
        const file = await store.open(key)
        const once = change
        change = undefined
        await once?.()
        return file
      },
    }),
  }))
  return {
    ...bed,
    onNextRead(what: () => Promise<unknown>): void {
      change = what
    },
  }
}

eachEngine('a registration that fails', TEST_MIGRATIONS, (open) => {
  for (const type of ['version.created', 'logged-model.tags-set']) {
    test(`leaves nothing when ${type} cannot be told`, async () => {
      await using db = await open()
      let broken = true
      await using bed = await openVersions(db, ({ emit }) => ({
        emit: async (tx, caller, event) => {
          if (broken && event.type === type) throw new Problem('RESOURCE_EXHAUSTED', 'the test says no')
          await emit(tx, caller, event)
        },
      }))
      await bed.modelNamed('m')
      const modelId = await bed.loggedModelWith(bed.here, FILES)
      const input = { name: 'm', source: `models:/${modelId}`, modelId }
      await assert.rejects(bed.versions.create(bed.here, input), isProblem('RESOURCE_EXHAUSTED', 'says no'))
      broken = false
      await assertNothing(db, bed, modelId)
    })
  }

  test('leaves nothing when the store cannot be read', async () => {
    await using db = await open()
    await using bed = await openVersions(db, ({ store }) => ({
      store: storeWith(store, {
        open: async () => {
          throw new Error('EIO: the test says no')
        },
      }),
    }))
    await bed.modelNamed('m')
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const input = { name: 'm', source: `models:/${modelId}`, modelId }
    await assert.rejects(bed.versions.create(bed.here, input), /EIO/)
    await forgetDigests(db)
    await assert.rejects(bed.versions.create(bed.here, input), /EIO/)
    await assertNothing(db, bed, modelId)
  })

  test('leaves nothing when reading breaks off in the middle', async () => {
    await using db = await open()
    let left = 2
    await using bed = await openVersions(db, ({ store }) => ({
      store: storeWith(store, {
        open: async (key) => {
          if (left-- === 0) throw new Error('EIO: the test says no')
          return store.open(key)
        },
      }),
    }))
    await bed.modelNamed('m')
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    await forgetDigests(db)
    const input = { name: 'm', source: `models:/${modelId}`, modelId }
    await assert.rejects(bed.versions.create(bed.here, input), /EIO/)
    // What was read is not read again.
    assert.equal((await digests(db)).filter((digest) => digest !== null).length, 2)
    await assertNothing(db, bed, modelId)
    assert.equal((await bed.versions.create(bed.here, input)).manifest.files, 3)
  })

  test('is done again with the files that are there now', async () => {
    await using db = await open()
    await using bed = await openChanging(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a/MLmodel': MLMODEL, 'a/model.onnx': 'old' })
    bed.onNextRead(() =>
      bed.artifacts.writeArtifact(bed.here, `0/${runId}/artifacts/a/model.onnx`, body('newer')),
    )
    const version = await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId })
    assert.equal(version.version, 1)
    assert.deepEqual(
      (await bed.filesOf('m', 1)).map(({ sha256 }) => sha256),
      [sha256(MLMODEL), sha256('newer')],
    )
  })

  test('is a conflict where files change each time', async () => {
    await using db = await open()
    let turn = 0
    await using bed = await openVersions(db, ({ store }) => ({
      store: storeWith(store, {
        open: async (key) => {
          const file = await store.open(key)
          await bed.artifacts.writeArtifact(bed.here, `0/${runId}/artifacts/a/x`, body(`another ${turn++}`))
          return file
        },
      }),
    }))
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a/MLmodel': MLMODEL })
    await assert.rejects(
      bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId }),
      isProblem('RESOURCE_CONFLICT', 'changed while they were read, 3 times'),
    )
    assert.equal(turn, 3)
    await assert.rejects(
      bed.versions.registerPath(bed.here, { name: 'new', path: 'a', runId }),
      isProblem('RESOURCE_CONFLICT', 'changed while they were read, 3 times'),
    )
    assert.equal(await bed.rowsLeft('registered_models'), 1)
    assert.deepEqual(
      (await bed.events()).map(({ subject }) => subject),
      ['models/m'],
    )
    await assertNothing(db, bed)
  })

  test('is a conflict where the store has other bytes than were recorded', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a/MLmodel': MLMODEL, 'b/x': 'x', 'c/MLmodel': MLMODEL })
    const register = (path: string) =>
      bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/${path}`, runId })
    const conflict = isProblem('RESOURCE_CONFLICT', 'changed while they were read')
    await bed.store.write(`1/0/${runId}/artifacts/a/MLmodel`, body('flavors: {}'))
    await assert.rejects(register('a'), conflict)
    await bed.store.delete(`1/0/${runId}/artifacts/c/MLmodel`)
    await assert.rejects(register('c'), conflict)
    await forgetDigests(db)
    await bed.store.write(`1/0/${runId}/artifacts/b/x`, body('y'))
    await assert.rejects(register('b'), conflict)
    await assertNothing(db, bed)
  })

  test('of a run that is removed meanwhile is refused', async () => {
    await using db = await open()
    await using bed = await openChanging(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a/MLmodel': MLMODEL })
    bed.onNextRead(async () => {
      await bed.tracking.runs.delete(bed.here, { runId })
      await bed.tracking.runs.remove(bed.here, { runId })
    })
    await assert.rejects(
      bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId }),
      isProblem('INVALID_PARAMETER_VALUE', 'The run_id request parameter must identify'),
    )
    await assertNothing(db, bed)
  })

  test('digests that nobody knew are kept for the next time', async () => {
    await using db = await open()
    let opened = 0
    await using bed = await openVersions(db, ({ store }) => ({
      store: storeWith(store, {
        open: async (key) => {
          opened++
          return store.open(key)
        },
      }),
    }))
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a/x': 'x', 'a/y': 'y'.repeat(2_000_000) })
    await forgetDigests(db)
    const input = { name: 'm', source: `runs:/${runId}/a`, runId }
    const first = await bed.versions.create(bed.here, input)
    assert.equal(opened, 2)
    assert.deepEqual(await digests(db), [sha256('x'), sha256('y'.repeat(2_000_000))])
    const second = await bed.versions.create(bed.here, input)
    assert.equal(opened, 2)
    assert.deepEqual(second.manifest, first.manifest)
  })
})

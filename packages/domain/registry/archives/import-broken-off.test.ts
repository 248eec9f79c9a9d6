import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { RegistryDeps } from '../deps.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { archivedOf, archiveOf, indexOf } from '../testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { inPieces } from '../testing/raw-tar.ts'
import { makeSweepClaims } from './claims.ts'
import { makeImport } from './import-archive.ts'

type Bed = Awaited<ReturnType<typeof openRegistry>>

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

const TABLES: readonly (keyof RegistryTables)[] = [
  'registered_models',
  'registered_model_tags',
  'model_versions',
  'version_tags',
  'version_files',
  'version_folders',
  'registry_removals',
]

// Some so small that they are stored beside each other, some not.
const ONE = { MLmodel: 'flavors: {}\n', a: 'x'.repeat(70_000) }
const TWO = { a: 'y'.repeat(70_000), b: 'z', c: 'z'.repeat(80_000) }
const INDEX = indexOf([archivedOf(1, ONE), archivedOf(2, TWO)])
const ARCHIVE = archiveOf(INDEX, { 1: ONE, 2: TWO })

const filesIn = async ({ store }: Bed, caller: Caller) => {
  let files = 0
  for await (const _ of store.walk(String(caller.workspace.key))) files++
  return files
}

/** Does what the server does in the background. */
const workOff = (bed: Bed) =>
  makeWorkOffRegistryRemovals({ db: bed.deps.db, removeFiles: bed.artifacts.deleteArtifactsOf })()

async function assertNothingLeft(bed: Bed): Promise<void> {
  for (const caller of [bed.here, bed.elsewhere]) assert.equal(await filesIn(bed, caller), 0)
  for (const table of TABLES) assert.equal(await bed.rowsLeft(table), 0, table)
  assert.deepEqual(await bed.events(), [])
}

/** The archive up to there, and then what happens. */
async function* until(bytes: number, then: () => Promise<void> | void): AsyncGenerator<Uint8Array> {
  yield* inPieces(ARCHIVE.subarray(0, bytes), 5000)
  await then()
  yield* inPieces(ARCHIVE.subarray(bytes))
}

const lineDead = () => {
  throw new Error('the line went dead')
}

/** The same, and something happens after each file that is stored. */
function storing(deps: RegistryDeps, stored: (files: number) => Promise<void> | void): RegistryDeps {
  let files = 0
  const write: RegistryDeps['store']['write'] = async (...file) => {
    const written = await deps.store.write(...file)
    await stored(++files)
    return written
  }
  return { ...deps, store: { ...deps.store, write } }
}

/** A process that dies when it has stored two files: nothing more is written, not even to clean up. */
function dying(deps: RegistryDeps): RegistryDeps {
  let alive = true
  const inTx: RegistryDeps['db']['inTx'] = (...verb) =>
    alive ? deps.db.inTx(...verb) : Promise.reject(new Error('the process is gone'))
  const db = new Proxy(deps.db, {
    get(target, name) {
      if (name === 'inTx') return inTx
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return storing({ ...deps, db }, (files) => {
    if (files < 2) return
    alive = false
    lineDead()
  })
}

eachEngine('imports that end early', TEST_MIGRATIONS, (open) => {
  for (const bytes of [100, 1000, 4000, 90_000, ARCHIVE.length - 1500, ARCHIVE.length]) {
    test(`one that is broken off after ${bytes} bytes leaves nothing and can be repeated`, async () => {
      await using db = await open()
      await using bed = await openRegistry(db)
      const importArchive = makeImport(bed.deps)
      for (const caller of [bed.here, bed.elsewhere]) {
        await assert.rejects(importArchive(caller, { body: until(bytes, lineDead) }), /the line went dead/)
        await workOff(bed)
        await assertNothingLeft(bed)
      }
      for (const caller of [bed.here, bed.elsewhere]) {
        const { created, versions } = await importArchive(caller, { body: inPieces(ARCHIVE, 5000) })
        assert.deepEqual([created, versions.length], [true, 2])
      }
    })
  }

  test('of one that was killed the folders are swept after a day, and not before', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const killed = makeImport(dying(bed.deps))
    await assert.rejects(killed(bed.here, { body: inPieces(ARCHIVE, 5000) }), /the line went dead/)
    assert.equal(await bed.rowsLeft('version_folders'), 2)
    assert.ok((await filesIn(bed, bed.here)) >= 2)

    // Repeated at once, without waiting for the sweeper.
    const importArchive = makeImport(bed.deps)
    assert.equal((await importArchive(bed.here, { body: inPieces(ARCHIVE, 5000) })).created, true)
    const sweep = makeSweepClaims(bed.deps)
    bed.later(DAY - 1)
    assert.equal(await sweep(DAY), 0)
    bed.later(2)
    assert.equal(await sweep(DAY), 2)
    assert.equal(await sweep(DAY), 0, 'the folders of versions stay')
    await workOff(bed)
    assert.deepEqual([await bed.rowsLeft('version_folders'), await filesIn(bed, bed.here)], [2, 5])
    assert.equal(await bed.rowsLeft('registry_removals'), 0)
  })

  test('one that is killed in the last transaction leaves no version', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    let told = 0
    const failing: RegistryDeps = {
      ...bed.deps,
      emit: async (tx, caller, event) => {
        await bed.deps.emit(tx, caller, event)
        told++
        // model.registered, version.created, version.created
        if (told === 3) throw new Error('in the middle')
      },
    }
    await assert.rejects(makeImport(failing)(bed.here, { body: inPieces(ARCHIVE, 5000) }), /in the middle/)
    assert.equal(told, 3)
    await workOff(bed)
    await assertNothingLeft(bed)
  })

  test('one whose folders were swept meanwhile is refused', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const sweep = makeSweepClaims(bed.deps)
    const slow = storing(bed.deps, async (files) => {
      if (files < 5) return
      bed.later(2 * DAY)
      assert.equal(await sweep(DAY), 2)
      await workOff(bed)
    })
    await assert.rejects(makeImport(slow)(bed.here, { body: inPieces(ARCHIVE, 5000) }), (error) => {
      return (
        error instanceof Problem && error.code === 'RESOURCE_CONFLICT' && /took so long/.test(error.message)
      )
    })
    await workOff(bed)
    await assertNothingLeft(bed)
  })

  test('one that takes long says now and then that it is still there', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const sweep = makeSweepClaims(bed.deps)
    const slow = storing(bed.deps, async () => {
      bed.later(9 * HOUR)
      assert.equal(await sweep(DAY), 0)
    })
    const { versions } = await makeImport(slow)(bed.here, { body: inPieces(ARCHIVE, 5000) })
    assert.equal(versions.length, 2)
  })

  test('two at once into one name are both kept, with numbers of their own', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const importArchive = makeImport(bed.deps)
    const both = await Promise.all(
      [1, 2, 3].map(() => importArchive(bed.here, { body: inPieces(ARCHIVE, 5000) })),
    )
    const numbers = both.flatMap(({ versions }) => versions.map(({ version }) => version))
    assert.deepEqual(numbers.sort(), [1, 2, 3, 4, 5, 6])
    assert.equal(both.filter(({ created }) => created).length, 1)
  })
})

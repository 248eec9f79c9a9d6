import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { archivedOf, archiveOf, indexOf } from '../testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { BLOCK, inPieces } from '../testing/raw-tar.ts'
import { makeImport } from './import-archive.ts'

const ROUNDS = 150

/** Numbers that a seed repeats (Park and Miller). */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

type Next = ReturnType<typeof numbers>

const DAMAGES: readonly ((bytes: Buffer, next: Next) => Buffer)[] = [
  // A bit, a byte, a run of zeros.
  (bytes, next) => {
    const at = next(bytes.length)
    bytes[at] = bytes[at]! ^ (1 << next(8))
    return bytes
  },
  (bytes, next) => {
    bytes[next(bytes.length)] = next(256)
    return bytes
  },
  (bytes, next) => {
    const at = next(bytes.length)
    return bytes.fill(0, at, Math.min(bytes.length, at + next(2 * BLOCK)))
  },
  // Cut off, continued, something left out or twice; by blocks as well, which keeps the rest readable.
  (bytes, next) => bytes.subarray(0, next(bytes.length)),
  (bytes, next) => Buffer.concat([bytes, bytes.subarray(next(bytes.length))]),
  ...[1, BLOCK].flatMap((unit) => [
    (bytes: Buffer, next: Next) => {
      const at = next(Math.ceil(bytes.length / unit)) * unit
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + unit * (1 + next(3)))])
    },
    (bytes: Buffer, next: Next) => {
      const at = next(Math.ceil(bytes.length / unit)) * unit
      return Buffer.concat([bytes.subarray(0, at + unit * (1 + next(3))), bytes.subarray(at)])
    },
  ]),
]

const FILES = { MLmodel: 'flavors: {}\n', 'data/ü': 'x'.repeat(1500), [`${'l'.repeat(150)}/f`]: 'y' }
const SOUND = archiveOf(indexOf([archivedOf(1, FILES), archivedOf(2, { a: 'b' })]), {
  1: FILES,
  2: { a: 'b' },
})

eachEngine('damaged archives', TEST_MIGRATIONS, (open) => {
  for (const packed of [false, true]) {
    test(`are refused or mean what they say${packed ? ', packed' : ''}`, { timeout: 600_000 }, async (t) => {
      await using db = await open()
      await using bed = await openRegistry(db)
      const importArchive = makeImport(bed.deps)
      const models = makeModels(bed.deps)
      const workOff = makeWorkOffRegistryRemovals({ db, removeFiles: bed.artifacts.deleteArtifactsOf })
      // Stored, not squeezed: what is wrong comes out with the sum at the very end.
      const whole = packed ? gzipSync(SOUND, { level: 0 }) : SOUND
      let taken = 0
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const next = numbers(seed)
        for (let i = 0; i < 20; i++) next(2)
        const damaged = DAMAGES[next(DAMAGES.length)]!(Buffer.from(whole), next)
        const made = await importArchive(bed.here, { body: inPieces(damaged, 1 + next(5000)) }).then(
          ({ name, versions }) => ({ name, versions }),
          (error: unknown) => {
            assert.ok(error instanceof Problem && error.status === 400, `seed ${seed}: ${error}`)
          },
        )
        if (made !== undefined) {
          // Only what the checksums and digests do not cover was hit: words of the index, times, owners.
          taken++
          if (packed) assert.ok(gunzipSync(damaged).equals(SOUND), `seed ${seed}`)
          assert.equal(made.versions.length, 2, `seed ${seed}`)
          await models.delete(bed.here, { name: made.name })
        }
        await workOff()
        for (const table of [
          'registered_models',
          'model_versions',
          'version_files',
          'version_folders',
        ] as const) {
          assert.equal(await bed.rowsLeft(table), 0, `seed ${seed}: ${table}`)
        }
        for await (const { key } of bed.store.walk('')) assert.fail(`seed ${seed}: ${key} is left`)
      }
      t.diagnostic(`${taken} of ${ROUNDS} were taken`)
      assert.ok(taken < ROUNDS / 2)
    })
  }
})

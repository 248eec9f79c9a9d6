import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeMeter, makeQuotas } from '../../access/index.ts'
import { makeArtifacts, makeGrants } from '../../tracking/index.ts'
import { makeArchives } from '../archives/make-archives.ts'
import { makeModels } from '../models/make-models.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { archivedOf, archiveOf, indexOf } from '../testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'

const FILES = { MLmodel: 'flavors: {}\n', 'data/a': 'x'.repeat(1_000_000) }
const BYTES = 1_000_012

async function openCounted(db: Database) {
  const bed = await openRegistry(db)
  const meter = makeMeter(bed.deps)
  const quotas = makeQuotas(bed.deps)
  const deps = { ...bed.deps, meter }
  const grants = makeGrants({ key: Buffer.alloc(32, 1), clock: deps.clock })
  const artifacts = makeArtifacts({ ...deps, grants, findWorkspace: bed.findWorkspace })
  let taken = 0
  async function* body() {
    for (const chunk of [archiveOf(indexOf([archivedOf(1, FILES)]), { 1: FILES })]) {
      for (let at = 0; at < chunk.length; at += 8192) {
        taken += 8192
        yield chunk.subarray(at, at + 8192)
      }
    }
  }
  return {
    ...bed,
    meter,
    quotas,
    models: makeModels(deps),
    workOff: makeWorkOffRegistryRemovals({ db, removeFiles: artifacts.deleteArtifactsOf }),
    taken: () => taken,
    import: (name: string) => makeArchives(deps).import(bed.here, { name, body: body() }),
    used: async () => (await quotas.list(bed.here)).find(({ what }) => what === 'artifact-bytes')!.used,
  }
}

eachEngine('counting in the registry', TEST_MIGRATIONS, (open) => {
  test('files of an import count until the last version that has them is gone', async () => {
    await using db = await open()
    await using bed = await openCounted(db)
    await bed.import('m')
    await bed.import('n')
    assert.equal(await bed.used(), 2 * BYTES)
    await bed.models.delete(bed.here, { name: 'm' })
    await bed.workOff()
    assert.equal(await bed.used(), BYTES)
  })

  test('an import beyond the quota is refused before its files, and leaves nothing', async () => {
    await using db = await open()
    await using bed = await openCounted(db)
    await bed.quotas.set(bed.here, { what: 'artifact-bytes', quota: 2 * BYTES - 1 })
    await bed.import('m')
    const before = bed.taken()
    await assert.rejects(bed.import('n'), {
      code: 'QUOTA_EXCEEDED',
      message: `The workspace 'default' has used 1,000,012 of 2,000,023 bytes of artifacts.`,
    })
    assert.ok(bed.taken() - before < before, 'the files were not taken')
    await bed.meter.quiet()
    assert.deepEqual(
      [await bed.used(), await bed.rowsLeft('registered_models'), await bed.rowsLeft('version_folders')],
      [BYTES, 1, 1],
    )
  })
})

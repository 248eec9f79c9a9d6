import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeCallRegistry } from '../testing/call-registry.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noVersion } from '../testing/refusal.ts'
import { makeVersionVerbs } from './make-version-verbs.ts'

async function openModel(db: Database) {
  let woken = 0
  const bed = await openRegistry(db)
  const deps = { ...bed.deps, wakeRemovals: () => woken++ }
  const models = makeModels(deps)
  for (const caller of [bed.here, bed.elsewhere]) await models.create(caller, { name: 'm' })
  return { ...bed, models, versions: makeVersionVerbs(deps), woken: () => woken }
}

const files = (count: number) => Array.from({ length: count }, (_, i) => `data/${i}.bin`)

/** A summary and a scanner's advice. */
async function describeVersion(db: Database, version_key: number): Promise<void> {
  await db.inTx(async (tx) => {
    const tables = tx.tables<RegistryTables>()
    await tables.insertInto('version_summaries').values({ version_key, summary: '{}' }).execute()
    await tables
      .insertInto('version_advice')
      .values({
        version_key,
        scanner: 's',
        scanner_version: '1',
        manifest_digest: 'd',
        verdict: 'clean',
        findings: '[]',
        reported_by: 'ada',
        reported_at: 1,
      })
      .execute()
  })
}

const TABLES = [
  'model_versions',
  'version_tags',
  'version_summaries',
  'version_advice',
  'version_files',
] as const

eachEngine('deleting a version', TEST_MIGRATIONS, (open) => {
  test('nothing of it is left, and nothing else is missing', async () => {
    await using db = await open()
    await using bed = await openModel(db)
    for (const caller of [bed.here, bed.here, bed.elsewhere]) {
      const { key, version } = await keepVersion(db, { ...caller, name: 'm' }, { files: files(3) })
      await describeVersion(db, key)
      await bed.versions.setTag(caller, { name: 'm', version: `${version}`, key: 'k', value: 'v' })
    }
    const left = () => Promise.all(TABLES.map((table) => bed.rowsLeft(table)))
    assert.deepEqual(await left(), [3, 3, 3, 3, 9])
    const created = (await bed.models.get(bed.here, { name: 'm' })).updatedAt
    bed.later(6)
    await bed.versions.delete(bed.here, { name: 'm', version: '1' })
    assert.deepEqual(await left(), [2, 2, 2, 2, 6])
    assert.equal((await bed.models.get(bed.here, { name: 'm' })).updatedAt, created + 6)
    await assert.rejects(bed.versions.get(bed.here, { name: 'm', version: '1' }), noVersion('m', 1))
    await assert.rejects(bed.versions.delete(bed.here, { name: 'm', version: '1' }), noVersion('m', 1))
    for (const [caller, version] of [
      [bed.here, '2'],
      [bed.elsewhere, '1'],
    ] as const) {
      assert.deepEqual((await bed.versions.get(caller, { name: 'm', version })).tags, [
        { key: 'k', value: 'v' },
      ])
    }
    assert.deepEqual([bed.woken(), await bed.rowsLeft('registry_removals')], [0, 0])
  })

  test('its number never comes again, and the event tells what it was', async () => {
    await using db = await open()
    await using bed = await openModel(db)
    const at = { ...bed.here, name: 'm' }
    for (let i = 0; i < 2; i++) await keepVersion(db, at)
    const facts = {
      source: 's',
      run_id: 'r',
      model_id: 'm-1',
      manifest_digest: 'd',
      stage: 'Staging',
    } as const
    await keepVersion(db, at, facts)
    await bed.models.setAlias(bed.here, { name: 'm', version: '3', alias: 'best' })
    await bed.versions.delete(bed.here, { name: 'm', version: '3' })
    const next = await makeCallRegistry(bed.deps)(bed.here, { verb: 'addVersion', name: 'm' })
    assert.equal(next, 4)
    const { type, subject, before, after } = (await bed.events()).at(-2)!
    assert.deepEqual([type, subject, after], ['version.deleted', 'models/m/versions/3', undefined])
    assert.deepEqual(before, {
      name: 'm',
      version: 3,
      source: 's',
      runId: 'r',
      modelId: 'm-1',
      manifestDigest: 'd',
      kind: 'model',
      stage: 'Staging',
      aliases: ['best'],
    })
  })

  test('what would take long, and files of the registry’s own, are left to the removals', async () => {
    await using db = await open()
    await using bed = await openModel(db)
    const at = { ...bed.here, name: 'm' }
    const { key } = await keepVersion(db, at, { files: files(1500) })
    await keepVersion(db, at, { folder_id: 'f' })
    await bed.versions.delete(bed.here, { name: 'm', version: '1' })
    assert.deepEqual([bed.woken(), await bed.rowsLeft('version_files')], [1, 500])
    await bed.versions.delete(bed.here, { name: 'm', version: '2' })
    const queued = await db.read
      .tables<RegistryTables>()
      .selectFrom('registry_removals')
      .select(['workspace_key', 'kind', 'target', 'folder_id'])
      .orderBy('removal_key')
      .execute()
    const workspace_key = bed.here.workspace.key
    assert.deepEqual(
      [bed.woken(), queued.map((row) => ({ ...row }))],
      [
        2,
        [
          { workspace_key, kind: 'version', target: key, folder_id: null },
          { workspace_key, kind: 'folder', target: null, folder_id: 'f' },
        ],
      ],
    )
  })

  test('of many that delete it at once, one does', async () => {
    await using db = await open()
    await using bed = await openModel(db)
    await keepVersion(db, { ...bed.here, name: 'm' })
    const calls = await Promise.allSettled(
      Array.from({ length: 20 }, () => bed.versions.delete(bed.here, { name: 'm', version: '1' })),
    )
    const lost = calls.filter((call) => call.status === 'rejected')
    assert.equal(lost.length, 19)
    for (const { reason } of lost) assert.ok(noVersion('m', 1)(reason), String(reason))
    assert.equal((await bed.events()).filter(({ type }) => type === 'version.deleted').length, 1)
  })
})

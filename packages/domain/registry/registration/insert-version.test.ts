import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { insertModel } from '../models/create-model.ts'
import { takeModel } from '../models/find-model.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { PLAIN_FACTS } from '../testing/plain-version.ts'
import { insertVersion, type NewVersionFacts } from './insert-version.ts'

const FACTS: NewVersionFacts = {
  ...PLAIN_FACTS,
  content: {
    ...PLAIN_FACTS.content,
    manifest: { state: 'complete', digest: 'd', files: 2, bytes: 3 },
    files: [
      { path: 'a', size: 1, sha256: '1' },
      { path: 'b', size: 2, sha256: '2' },
    ],
  },
  tags: new Map([['k', 'v']]),
}

const filesOf = (db: Database) =>
  db.read
    .tables<RegistryTables>()
    .selectFrom('version_files')
    .selectAll()
    .orderBy('version_key')
    .orderBy('path')
    .execute()

eachEngine('the rows of a new version', TEST_MIGRATIONS, (open) => {
  test('a version takes the next number, or one of its own', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const numbers = await db.inTx(async (tx) => {
      const model = await insertModel(bed.deps, tx, bed.here, {
        name: 'm',
        description: null,
        tags: new Map(),
      })
      const third = await insertVersion(bed.deps, tx, bed.here, model, { ...FACTS, number: 3, importedAs: 7 })
      const first = await insertVersion(
        bed.deps,
        tx,
        bed.here,
        { ...model, lastVersion: 3 },
        { ...FACTS, number: 1 },
      )
      return [third.version, first.version]
    })
    const next = await db.inTx(async (tx) => {
      const model = await takeModel(tx, bed.here, 'm', 'model.write')
      return insertVersion(bed.deps, tx, bed.here, model, FACTS)
    })
    assert.deepEqual([...numbers, next.version], [3, 1, 4])
    const told = (await bed.events()).filter(({ type }) => type === 'version.created')
    assert.deepEqual(
      told.map(({ subject, after }) => [subject, after?.importedAs]),
      [
        ['models/m/versions/3', 7],
        ['models/m/versions/1', undefined],
        ['models/m/versions/4', undefined],
      ],
    )
  })

  test('a version that is made of another takes its manifest over', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const keys = await db.inTx(async (tx) => {
      const model = await insertModel(bed.deps, tx, bed.here, {
        name: 'm',
        description: null,
        tags: new Map(),
      })
      const one = await insertVersion(bed.deps, tx, bed.here, model, FACTS)
      const next = { ...model, lastVersion: 1 }
      const two = await insertVersion(bed.deps, tx, bed.here, next, { ...FACTS, sourceVersionKey: one.key })
      return [one.key, two.key]
    })
    assert.deepEqual(
      await filesOf(db),
      keys.flatMap((version_key) => FACTS.content.files.map((file) => ({ version_key, ...file }))),
    )
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { registryMigrations } from '../index.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { Stage } from '../stages.ts'
import { PLAIN_ROW } from '../testing/plain-version.ts'
import { findVersion, takeVersion } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import { findModel, takeModel } from './find-model.ts'
import { loadModels } from './load-models.ts'

const callerIn = (key: number, hidden: readonly number[] = []): Caller => ({
  workspace: { key, name: `w${key}` },
  principal: { kind: 'user', name: 'ada' },
  requestId: 'test',
  address: '',
  may: () => true,
  readable: () => ({ kind: 'all-except', keys: hidden }),
})
const here = callerIn(1)
const elsewhere = callerIn(2)

const isMissing = (message: string) => (e: unknown) =>
  e instanceof Problem && e.code === 'RESOURCE_DOES_NOT_EXIST' && e.message === message

/** A model with one version for each of the stages, numbered from 1. @returns its key */
async function keep(
  db: Database,
  workspace: number,
  name: string,
  stages: readonly Stage[],
): Promise<number> {
  return db.inTx(async (tx) => {
    const tables = tx.tables<RegistryTables>()
    const { key } = await tables
      .insertInto('registered_models')
      .values({
        workspace_key: workspace,
        name,
        kind: 'model',
        description: null,
        last_version: stages.length,
        created_at: 1,
        updated_at: 2,
      })
      .returning('model_key as key')
      .executeTakeFirstOrThrow()
    for (const [i, stage] of stages.entries()) {
      const { version_key } = await tables
        .insertInto('model_versions')
        .values({
          ...PLAIN_ROW,
          workspace_key: workspace,
          model_key: key,
          version: i + 1,
          stage,
          created_at: 3,
          updated_at: 4,
        })
        .returning('version_key')
        .executeTakeFirstOrThrow()
      await tables
        .insertInto('version_tags')
        .values([
          { version_key, key: 'b', value: 'x'.repeat(100_000) },
          { version_key, key: 'a', value: String(i + 1) },
        ])
        .execute()
    }
    await tables.insertInto('model_aliases').values({ model_key: key, alias: 'best', version: 1 }).execute()
    await tables
      .insertInto('registered_model_tags')
      .values({ model_key: key, key: 'k', value: name })
      .execute()
    return key
  })
}

eachEngine('rows of the registry', [registryMigrations], (open) => {
  test('a model has its tags, aliases and the highest version of each stage', async () => {
    await using db = await open()
    const a = await keep(db, 1, 'a', ['Archived', 'None', 'Staging', 'None'])
    await keep(db, 1, 'b', [])
    const found = [await findModel(db.read, here, 'b'), await findModel(db.read, here, 'a')]
    const [b, model] = await db.scan((reads) => loadModels(reads, found))
    assert.equal(found[1]?.key, a)
    assert.deepEqual([b?.name, b?.latestVersions], ['b', []])
    assert.deepEqual(model?.aliases, [{ alias: 'best', version: 1 }])
    assert.deepEqual(model?.tags, [{ key: 'k', value: 'a' }])
    assert.deepEqual(
      model?.latestVersions.map(({ stage, version, aliases }) => [stage, version, aliases]),
      [
        ['None', 4, []],
        ['Staging', 3, []],
        ['Archived', 1, []],
      ],
    )
  })

  test('a model that is renamed while it is read is shown whole, under the name it was found by', async () => {
    await using db = await open()
    const key = await keep(db, 1, 'a', ['None', 'Staging'])
    const found = await findModel(db.read, here, 'a')
    await db.inTx((tx) =>
      tx
        .tables<RegistryTables>()
        .updateTable('registered_models')
        .set({ name: 'b' })
        .where('model_key', '=', key)
        .execute(),
    )
    const [shown] = await loadModels(db.read, [found])
    assert.deepEqual(
      shown?.latestVersions.map(({ name, version, stage }) => [name, version, stage]),
      [
        ['a', 1, 'None'],
        ['a', 2, 'Staging'],
      ],
    )
  })

  test('a version has its tags by key, and its aliases where they are asked for', async () => {
    await using db = await open()
    await keep(db, 1, 'a', ['None', 'None'])
    const { version } = await findVersion(db.read, here, { name: 'a', version: ' 1' })
    const [shown] = await loadVersions(db.read, [version], { aliases: true })
    assert.deepEqual(shown?.aliases, ['best'])
    assert.deepEqual(shown?.tags[0], { key: 'a', value: '1' })
    assert.equal(shown?.tags[1]?.value.length, 100_000)
    const second = await findVersion(db.read, here, { name: 'a', version: '2' })
    const [bare] = await loadVersions(db.read, [second.version], { aliases: true })
    assert.deepEqual(bare?.aliases, [])
  })

  test('of what is missing, of other workspaces and hidden, nobody learns', async () => {
    await using db = await open()
    const key = await keep(db, 1, 'a', ['None'])
    const noModel = isMissing('Registered Model with name=a not found')
    await assert.rejects(findModel(db.read, elsewhere, 'a'), noModel)
    await assert.rejects(findModel(db.read, callerIn(1, [key]), 'a'), noModel)
    await assert.rejects(
      db.inTx((tx) => takeModel(tx, elsewhere, 'a', 'model.write')),
      noModel,
    )
    await assert.rejects(findVersion(db.read, elsewhere, { name: 'a', version: '1' }), noModel)
    const noVersion = isMissing('Model Version (name=a, version=7) not found')
    await assert.rejects(findVersion(db.read, here, { name: 'a', version: '7' }), noVersion)
    await assert.rejects(
      db.inTx((tx) => takeVersion(tx, here, { name: 'a', version: '7' }, 'model.write')),
      noVersion,
    )
  })

  test('one name is a model of each workspace', async () => {
    await using db = await open()
    const keys = [await keep(db, 1, 'a', []), await keep(db, 2, 'a', [])]
    assert.deepEqual(
      [(await findModel(db.read, here, 'a')).key, (await findModel(db.read, elsewhere, 'a')).key],
      keys,
    )
  })
})

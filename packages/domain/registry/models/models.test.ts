import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noModel, refusal } from '../testing/refusal.ts'
import { findVersion } from '../versions/find-version.ts'
import { findModel } from './find-model.ts'
import { makeModels } from './make-models.ts'

eachEngine('registered models', TEST_MIGRATIONS, (open) => {
  test('a new model has what it was given, and no versions', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const made = await models.create(bed.here, {
      name: 'churn',
      description: 'who leaves',
      tags: [
        { key: 'z', value: '' },
        { key: 'team', value: 'old' },
        { key: 'team', value: 'growth 🌱' },
      ],
    })
    assert.deepEqual(made, {
      name: 'churn',
      kind: 'model',
      description: 'who leaves',
      createdAt: 1_700_000_000_000,
      updatedAt: 1_700_000_000_000,
      tags: [
        { key: 'team', value: 'growth 🌱' },
        { key: 'z', value: '' },
      ],
      aliases: [],
      latestVersions: [],
    })
    assert.deepEqual(await models.get(bed.here, { name: 'churn' }), made)
    const bare = await models.create(bed.here, { name: 'bare' })
    assert.deepEqual([bare.description, bare.tags], [null, []])
    assert.deepEqual(
      (await bed.events()).map(({ type, subject, before, after }) => ({ type, subject, before, after })),
      [
        {
          type: 'model.registered',
          subject: 'models/churn',
          before: undefined,
          after: {
            name: 'churn',
            kind: 'model',
            description: made.description,
            tags: { team: 'growth 🌱', z: '' },
          },
        },
        {
          type: 'model.registered',
          subject: 'models/bare',
          before: undefined,
          after: { name: 'bare', kind: 'model', description: null, tags: {} },
        },
      ],
    )
  })

  test('a description is replaced, and left out becomes empty; times move, and events tell of changes only', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const { createdAt } = await models.create(bed.here, { name: 'm' })
    const long = '🌲'.repeat(50_000)
    for (const [i, description] of ['one', 'one', long, undefined, ''].entries()) {
      bed.later(1)
      const shown = await models.update(bed.here, { name: 'm', description })
      assert.deepEqual(
        [shown.description, shown.createdAt, shown.updatedAt],
        [description ?? '', createdAt, createdAt + i + 1],
      )
      assert.deepEqual(await models.get(bed.here, { name: 'm' }), shown)
    }
    const told = (await bed.events()).filter(({ type }) => type === 'model.updated')
    assert.deepEqual(
      told.map(({ subject, before, after }) => [subject, before, after]),
      [
        ['models/m', { description: null }, { description: 'one' }],
        ['models/m', { description: 'one' }, { description: '🌲'.repeat(500) }],
        ['models/m', { description: '🌲'.repeat(500) }, { description: '' }],
      ],
    )
    await assert.rejects(
      models.update(bed.here, { name: 'm', description: 'x'.repeat(100_001) }),
      refusal('INVALID_PARAMETER_VALUE', "'description' exceeds the maximum length of 100000 characters"),
    )
  })

  test('a renamed model keeps all it has, and its versions count as updated', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    await models.create(bed.here, { name: 'old', description: 'd', tags: [{ key: 'k', value: 'v' }] })
    await models.create(bed.here, { name: 'third' })
    await keepVersion(db, { ...bed.here, name: 'old' })
    await keepVersion(db, { ...bed.here, name: 'old' }, { stage: 'Production' })
    await keepVersion(db, { ...bed.here, name: 'third' })
    await models.setAlias(bed.here, { name: 'old', version: '2', alias: 'best' })
    const before = await models.get(bed.here, { name: 'old' })
    bed.later(7)
    const after = await models.rename(bed.here, { name: 'old', newName: 'new' })
    const now = before.createdAt + 7
    assert.deepEqual(after, {
      ...before,
      name: 'new',
      updatedAt: now,
      latestVersions: before.latestVersions.map((version) => ({ ...version, name: 'new', updatedAt: now })),
    })
    assert.deepEqual(await models.get(bed.here, { name: 'new' }), after)
    await assert.rejects(models.get(bed.here, { name: 'old' }), noModel('old'))
    assert.equal((await models.get(bed.here, { name: 'third' })).latestVersions[0]?.updatedAt, 1)
    const last = (await bed.events()).at(-1)
    assert.deepEqual(
      [last?.type, last?.subject, last?.before, last?.after],
      ['model.renamed', 'models/new', { name: 'old' }, { name: 'new' }],
    )
  })

  test('the name that a model has already is fine, another one’s is not', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    await models.create(bed.here, { name: 'b' })
    const { key } = await findModel(db.read, bed.here, 'b')
    await models.create(bed.here, { name: 'a' })
    bed.later(3)
    const same = await models.rename(bed.here, { name: 'a', newName: 'a' })
    assert.equal(same.updatedAt, same.createdAt + 3)
    const taken = refusal('RESOURCE_ALREADY_EXISTS', 'Registered Model (name=b) already exists.')
    await assert.rejects(models.rename(bed.here, { name: 'a', newName: 'b' }), taken)
    const blind = reading(bed.here, { kind: 'all-except', keys: [key] })
    await assert.rejects(models.rename(blind, { name: 'a', newName: 'b' }), taken)
    assert.deepEqual(
      (await bed.events()).map(({ type }) => type),
      ['model.registered', 'model.registered'],
    )
    assert.equal((await models.get(bed.here, { name: 'a' })).updatedAt, same.updatedAt)
  })

  test('a deleted model is gone at once with all its versions, and its name is free', async () => {
    await using db = await open()
    let woken = 0
    await using bed = await openRegistry(db)
    const models = makeModels({ ...bed.deps, wakeRemovals: () => woken++ })
    await models.create(bed.here, { name: 'm', tags: [{ key: 'k', value: 'v' }] })
    for (let i = 0; i < 3; i++) await keepVersion(db, { ...bed.here, name: 'm' })
    await models.setAlias(bed.here, { name: 'm', version: '3', alias: 'best' })
    await models.delete(bed.here, { name: 'm' })
    assert.equal(woken, 1)
    await assert.rejects(models.get(bed.here, { name: 'm' }), noModel('m'))
    await assert.rejects(models.delete(bed.here, { name: 'm' }), noModel('m'))
    await assert.rejects(findVersion(db.read, bed.here, { name: 'm', version: '3' }), noModel('m'))
    const { type, subject, before, after } = (await bed.events()).at(-1)!
    assert.deepEqual(
      [type, subject, before, after],
      [
        'model.deleted',
        'models/m',
        { name: 'm', kind: 'model', versions: 3, lastVersion: 3, aliases: { best: 3 } },
        undefined,
      ],
    )
    const again = await models.create(bed.here, { name: 'm' })
    assert.deepEqual([again.tags, again.aliases, again.latestVersions], [[], [], []])
    assert.equal((await keepVersion(db, { ...bed.here, name: 'm' })).version, 1)
    await models.create(bed.here, { name: 'bare' })
    await models.delete(bed.here, { name: 'bare' })
    assert.equal(woken, 1)
  })
})

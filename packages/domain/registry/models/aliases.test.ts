import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { LIMITS } from '../limits.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noModel, noVersion, refusal } from '../testing/refusal.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import { findModel } from './find-model.ts'
import { makeModels } from './make-models.ts'

/** A model `m` in one of two workspaces, with versions 1 to 3; the other workspace has one of that name with version 1. */
async function openAliases(db: Parameters<typeof openRegistry>[0]) {
  const bed = await openRegistry(db)
  const models = makeModels(bed.deps)
  const versions = makeVersionVerbs(bed.deps)
  for (const caller of [bed.here, bed.elsewhere]) await models.create(caller, { name: 'm' })
  for (const stage of ['None', 'Production', 'Archived'] as const) {
    await keepVersion(db, { ...bed.here, name: 'm' }, { stage })
  }
  await keepVersion(db, { ...bed.elsewhere, name: 'm' })
  return { ...bed, models, versions }
}

const notSet = (alias: string) =>
  refusal('INVALID_PARAMETER_VALUE', `Registered model alias ${alias} not found.`)

eachEngine('aliases', TEST_MIGRATIONS, (open) => {
  test('an alias names one version at a time, and moves no times', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here } = bed
    const name = 'm'
    const before = await models.get(here, { name })
    bed.later(9)
    await models.setAlias(here, { name, alias: 'best', version: '1' })
    await models.setAlias(here, { name, alias: 'best', version: ' +0_2 ' })
    await models.setAlias(here, { name, alias: 'best', version: '2' })
    await models.setAlias(here, { name, alias: 'also', version: '2' })
    assert.deepEqual(await models.get(here, { name }), {
      ...before,
      aliases: [
        { alias: 'also', version: 2 },
        { alias: 'best', version: 2 },
      ],
    })
    const best = await versions.getByAlias(here, { name, alias: 'best' })
    assert.deepEqual([best.version, best.stage, best.aliases], [2, 'Production', ['also', 'best']])
    assert.deepEqual(best, await versions.get(here, { name, version: '2' }))
    await models.deleteAlias(here, { name, alias: 'best' })
    await models.deleteAlias(here, { name, alias: 'best' })
    await models.deleteAlias(here, { name, alias: 'never_there' })
    await assert.rejects(versions.getByAlias(here, { name, alias: 'best' }), notSet('best'))
    const kind = 'model'
    assert.deepEqual(
      (await bed.events()).slice(2).map(({ type, subject, before, after }) => [type, subject, before, after]),
      [
        ['alias.set', 'models/m', { alias: 'best', version: null }, { alias: 'best', version: 1, kind }],
        ['alias.set', 'models/m', { alias: 'best', version: 1 }, { alias: 'best', version: 2, kind }],
        ['alias.set', 'models/m', { alias: 'also', version: null }, { alias: 'also', version: 2, kind }],
        ['alias.removed', 'models/m', { alias: 'best', version: 2, kind }, undefined],
      ],
    )
  })

  for (const alias of [
    'Production',
    'none',
    'v1-beta',
    'v',
    '1',
    'lates',
    'größe_模型',
    '-',
    '__proto__',
    'a'.repeat(255),
  ]) {
    test(`${alias.slice(0, 20)} is an alias like any other`, async () => {
      await using db = await open()
      await using bed = await openAliases(db)
      const { models, versions, here } = bed
      await models.setAlias(here, { name: 'm', alias, version: '3' })
      assert.equal((await versions.getByAlias(here, { name: 'm', alias })).version, 3)
      assert.deepEqual((await models.get(here, { name: 'm' })).aliases, [{ alias, version: 3 }])
      await assert.rejects(versions.getByAlias(bed.elsewhere, { name: 'm', alias }), notSet(alias))
      await models.deleteAlias(here, { name: 'm', alias })
      assert.deepEqual((await models.get(here, { name: 'm' })).aliases, [])
    })
  }

  test('aliases differ in upper and lower case', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    await bed.models.setAlias(bed.here, { name: 'm', alias: 'Best', version: '1' })
    await assert.rejects(bed.versions.getByAlias(bed.here, { name: 'm', alias: 'best' }), notSet('best'))
  })

  for (const [alias, says] of [
    ['', 'Registered model alias name cannot be empty.'],
    ['a b', /^Invalid alias name: 'a b'\. Names may only contain/],
    ['a/b', /^Invalid alias name/],
    ["'", /^Invalid alias name/],
    ['100%', /^Invalid alias name/],
    ['a\0', /^Invalid alias name/],
    ['a'.repeat(256), /exceeds the maximum length of 255/],
  ] as const) {
    test(`${JSON.stringify(alias.slice(0, 9))} is no alias, to set, to look for or to delete`, async () => {
      await using db = await open()
      await using bed = await openAliases(db)
      const refused = refusal('INVALID_PARAMETER_VALUE', says)
      // Also before anything is said of the model or the version.
      await assert.rejects(bed.models.setAlias(bed.here, { name: 'gone', alias, version: '9' }), refused)
      await assert.rejects(bed.versions.getByAlias(bed.here, { name: 'gone', alias }), refused)
      await assert.rejects(bed.models.deleteAlias(bed.here, { name: 'gone', alias }), refused)
    })
  }

  test('aliases that mean something of their own can be looked for and not be set', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here } = bed
    const reserved: [alias: string, message: string][] = [
      ['latest', "'latest' alias name (case insensitive) is reserved."],
      ['LaTest', "'latest' alias name (case insensitive) is reserved."],
      ['v1', "Version alias name 'v1' is reserved."],
      ['V007', "Version alias name 'V007' is reserved."],
      ['v٣', "Version alias name 'v٣' is reserved."],
    ]
    for (const [alias, message] of reserved) {
      const refused = refusal('INVALID_PARAMETER_VALUE', message)
      await assert.rejects(models.setAlias(here, { name: 'm', alias, version: '1' }), refused)
      await models.deleteAlias(here, { name: 'm', alias })
    }
    await assert.rejects(versions.getByAlias(here, { name: 'm', alias: 'v1' }), notSet('v1'))
    assert.equal(await bed.rowsLeft('model_aliases'), 0)
  })

  test('latest is the highest version, whatever its stage', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here } = bed
    await models.setAlias(here, { name: 'm', alias: 'best', version: '3' })
    for (const alias of ['latest', 'LATEST']) {
      const latest = await versions.getByAlias(here, { name: 'm', alias })
      assert.deepEqual([latest.version, latest.stage, latest.aliases], [3, 'Archived', ['best']])
    }
    await versions.delete(here, { name: 'm', version: '3' })
    assert.equal((await versions.getByAlias(here, { name: 'm', alias: 'latest' })).version, 2)
    assert.equal((await versions.getByAlias(bed.elsewhere, { name: 'm', alias: 'latest' })).version, 1)
    await models.create(here, { name: 'empty' })
    await assert.rejects(
      versions.getByAlias(here, { name: 'empty', alias: 'latest' }),
      refusal('RESOURCE_DOES_NOT_EXIST', 'Latest version not found for model empty.'),
    )
  })

  test('an alias needs its model and its version, and whoever may not read the model learns of neither', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here, elsewhere } = bed
    const alias = 'best'
    await assert.rejects(models.setAlias(here, { name: 'm', alias, version: '4' }), noVersion('m', 4))
    await assert.rejects(models.setAlias(here, { name: 'm', alias, version: '0' }), noVersion('m', 0))
    await assert.rejects(
      models.setAlias(here, { name: 'm', alias, version: 'best' }),
      refusal('INVALID_PARAMETER_VALUE', "Parameter 'version' must be an integer, got 'best'."),
    )
    await assert.rejects(models.setAlias(elsewhere, { name: 'm', alias, version: '2' }), noVersion('m', 2))
    await assert.rejects(models.setAlias(here, { name: 'n', alias, version: '1' }), noModel('n'))
    await assert.rejects(models.deleteAlias(here, { name: 'n', alias }), noModel('n'))
    await models.setAlias(here, { name: 'm', alias, version: '1' })
    const { key } = await findModel(db.read, here, 'm')
    const blind = reading(here, { kind: 'all-except', keys: [key] })
    for (const asked of [alias, 'latest', 'unknown']) {
      await assert.rejects(versions.getByAlias(blind, { name: 'm', alias: asked }), noModel('m'))
    }
    assert.equal(await bed.rowsLeft('model_aliases'), 1)
  })

  test('a deleted version takes its aliases along and leaves the others', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here } = bed
    for (const [alias, version] of [
      ['a', '2'],
      ['b', '2'],
      ['c', '1'],
    ] as const) {
      await models.setAlias(here, { name: 'm', alias, version })
    }
    await models.setAlias(bed.elsewhere, { name: 'm', alias: 'a', version: '1' })
    await versions.delete(here, { name: 'm', version: '2' })
    await assert.rejects(versions.getByAlias(here, { name: 'm', alias: 'a' }), notSet('a'))
    assert.deepEqual((await models.get(here, { name: 'm' })).aliases, [{ alias: 'c', version: 1 }])
    assert.equal((await versions.getByAlias(bed.elsewhere, { name: 'm', alias: 'a' })).version, 1)
    assert.deepEqual((await bed.events()).at(-1)?.before?.aliases, ['a', 'b'])
  })

  test('a model has at most so many aliases, and those it has can still move', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, here } = bed
    const names = Array.from({ length: LIMITS.aliases }, (_, i) => `a${i}`)
    // All of them wait for the same row, and nobody waits for a connection longer than some seconds.
    for (let i = 0; i < names.length; i += 50) {
      const some = names.slice(i, i + 50)
      await Promise.all(some.map((alias) => models.setAlias(here, { name: 'm', alias, version: '1' })))
    }
    await assert.rejects(
      models.setAlias(here, { name: 'm', alias: 'one-more', version: '1' }),
      refusal('INVALID_PARAMETER_VALUE', 'Registered Model (name=m) has 1000 aliases; more are not allowed.'),
    )
    await models.setAlias(here, { name: 'm', alias: 'a0', version: '2' })
    await models.deleteAlias(here, { name: 'm', alias: 'a1' })
    await models.setAlias(here, { name: 'm', alias: 'one-more', version: '1' })
    assert.equal((await models.get(here, { name: 'm' })).aliases.length, LIMITS.aliases)
  })

  test('of many that move one alias at once, each sees what the one before it left', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, here } = bed
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        models.setAlias(here, { name: 'm', alias: 'best', version: String((i % 3) + 1) }),
      ),
    )
    const moves = (await bed.events()).filter(({ type }) => type === 'alias.set')
    let points: unknown = null
    for (const { before, after } of moves) {
      assert.equal(before?.version, points)
      assert.notEqual(after?.version, points)
      points = after?.version
    }
    assert.deepEqual((await models.get(here, { name: 'm' })).aliases, [{ alias: 'best', version: points }])
  })

  test('no alias is left on a version that goes while it is set', async () => {
    await using db = await open()
    await using bed = await openAliases(db)
    const { models, versions, here } = bed
    for (let round = 0; round < 10; round++) {
      const { version } = await keepVersion(db, { ...here, name: 'm' })
      const id = { name: 'm', version: String(version) }
      const calls = await Promise.allSettled([
        models.setAlias(here, { ...id, alias: 'first' }),
        versions.delete(here, id),
        models.setAlias(here, { ...id, alias: 'second' }),
      ])
      for (const call of calls) {
        if (call.status === 'rejected') assert.ok(noVersion('m', version)(call.reason), String(call.reason))
      }
      assert.equal(calls[1].status, 'fulfilled')
      assert.deepEqual((await models.get(here, { name: 'm' })).aliases, [])
      const told = (await bed.events()).filter(({ subject }) => subject === `models/m/versions/${version}`)
      const set = (await bed.events()).filter(({ after }) => after?.version === version)
      assert.deepEqual(told.at(-1)?.before?.aliases, set.map(({ after }) => after?.alias).sort())
    }
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

async function openWithExperiment(db: Database) {
  const all = await openTracking(db)
  const experimentId = await all.experiments.create(all.here, { name: 'churn' })
  return { ...all, experimentId }
}

async function withModel(db: Database) {
  const all = await openWithExperiment(db)
  const { modelId } = await all.loggedModels.create(all.here, { experimentId: all.experimentId })
  return { ...all, modelId }
}

const refusal =
  (code: string, says: RegExp = /./) =>
  (error: unknown) =>
    error instanceof Problem && error.code === code && says.test(error.message)

const many = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `${i}` }))

eachEngine('logged models', MODULES, (open) => {
  test('a new model is pending, has an id of its own and a place for its files', async () => {
    await using db = await open()
    const { loggedModels, here, experimentId, eventTypes } = await openWithExperiment(db)
    const model = await loggedModels.create(here, {
      experimentId,
      name: 'forest 🌲',
      modelType: 'agent',
      sourceRunId: 'nobody-knows-me',
      params: [
        { key: 'z', value: '1' },
        { key: 'a', value: '' },
      ],
      tags: [{ key: '\u{1F600}', value: 'after' }, { key: '～', value: 'before' }, ...many(2)],
    })
    assert.match(model.modelId, /^m-[0-9a-f]{32}$/)
    assert.equal(model.artifactUri, `mlflow-artifacts:/${experimentId}/models/${model.modelId}/artifacts`)
    assert.deepEqual(
      [model.status, model.lifecycle, model.createdAt === model.updatedAt],
      ['PENDING', 'active', true],
    )
    assert.deepEqual(
      model.params.map((param) => param.key),
      ['a', 'z'],
    )
    assert.deepEqual(
      model.tags.map((tag) => tag.key),
      ['k0', 'k1', '～', '\u{1F600}'],
    )
    assert.deepEqual(await loggedModels.get(here, { modelId: model.modelId }), model)
    assert.equal((await eventTypes()).at(-1), 'logged-model.created')
  })

  test('a model without a name gets one', async () => {
    await using db = await open()
    const { loggedModels, here, experimentId } = await openWithExperiment(db)
    const model = await loggedModels.create(here, { experimentId, name: '' })
    assert.match(model.name, /^[a-z]+-[a-z]+-\d+$/)
  })

  const refused: {
    name: string
    input: Parameters<Awaited<ReturnType<typeof openTracking>>['loggedModels']['create']>[1]
    code: string
    says: RegExp
  }[] = [
    ...Array.from('/:.%"\'', (char) => ({
      name: `a name with ${char}`,
      input: { experimentId: '0', name: `a${char}b` },
      code: 'INVALID_PARAMETER_VALUE',
      says: /Invalid model name/,
    })),
    {
      name: 'a name of 501 characters',
      input: { experimentId: '0', name: 'n'.repeat(501) },
      code: 'INVALID_PARAMETER_VALUE',
      says: /'name' exceeds the maximum length of 500/,
    },
    {
      name: 'a param twice',
      input: { experimentId: '0', params: [...many(2), ...many(1)] },
      code: 'BAD_REQUEST',
      says: /'k0' stands in 'params' more than once/,
    },
    {
      name: 'a tag twice',
      input: { experimentId: '0', tags: [...many(2), ...many(1)] },
      code: 'BAD_REQUEST',
      says: /'tags'/,
    },
    {
      name: 'a key of 256 characters',
      input: { experimentId: '0', tags: [...many(1), { key: 'k'.repeat(256), value: '' }] },
      code: 'INVALID_PARAMETER_VALUE',
      says: /tags\[1\]\.key/,
    },
    {
      name: 'an experiment that is not there',
      input: { experimentId: '999' },
      code: 'RESOURCE_DOES_NOT_EXIST',
      says: /No Experiment with id=999 exists/,
    },
    {
      name: 'an experiment id that is no number',
      input: { experimentId: 'abc' },
      code: 'INVALID_PARAMETER_VALUE',
      says: /must be a valid integer/,
    },
  ]
  test('creating refuses, and leaves nothing behind', async (t) => {
    await using db = await open()
    const { loggedModels, here, eventTypes } = await openTracking(db)
    for (const { name, input, code, says } of refused) {
      await t.test(name, () => assert.rejects(loggedModels.create(here, input), refusal(code, says)))
    }
    assert.deepEqual(await eventTypes(), [])
  })

  test('a deleted experiment takes no models, but lets those it has be finished', async () => {
    await using db = await open()
    const { loggedModels, experiments, here, experimentId, modelId } = await withModel(db)
    await experiments.delete(here, { experimentId })
    await assert.rejects(
      loggedModels.create(here, { experimentId }),
      refusal('INVALID_PARAMETER_VALUE', /must be in the 'active' state/),
    )
    assert.equal((await loggedModels.finalize(here, { modelId, status: 'READY' })).status, 'READY')
  })

  test('finalizing sets status and time; any status may follow any other', async () => {
    await using db = await open()
    const { loggedModels, here, modelId, later } = await withModel(db)
    const before = await loggedModels.get(here, { modelId })
    later(5)
    for (const status of ['FAILED', 'READY', 'UNSPECIFIED', 'PENDING'] as const) {
      const model = await loggedModels.finalize(here, { modelId, status })
      assert.deepEqual(model, { ...before, status, updatedAt: before.updatedAt + 5 })
      assert.deepEqual(await loggedModels.get(here, { modelId }), model)
    }
  })

  test('a deleted model is hidden unless asked for, and can still be written to', async () => {
    await using db = await open()
    const { loggedModels, here, modelId, later, eventTypes } = await withModel(db)
    const before = await loggedModels.get(here, { modelId })
    later(7)
    await loggedModels.delete(here, { modelId })
    later(7)
    await loggedModels.delete(here, { modelId })
    await assert.rejects(loggedModels.get(here, { modelId }), refusal('RESOURCE_DOES_NOT_EXIST', /not found/))
    const deleted = await loggedModels.get(here, { modelId, allowDeleted: true })
    assert.deepEqual(deleted, { ...before, lifecycle: 'deleted', updatedAt: before.updatedAt + 7 })
    await loggedModels.setTags(here, { modelId, tags: many(1) })
    await loggedModels.logParams(here, { modelId, params: many(1) })
    const finalized = await loggedModels.finalize(here, { modelId, status: 'READY' })
    assert.deepEqual([finalized.lifecycle, finalized.tags.length, finalized.params.length], ['deleted', 1, 1])
    assert.equal((await eventTypes()).filter((type) => type === 'logged-model.deleted').length, 1)
  })

  test('hundreds of params and values of any length are kept whole', async () => {
    await using db = await open()
    const { loggedModels, here, experimentId } = await openWithExperiment(db)
    const long = { key: 'ü'.repeat(255), value: 'é🌍'.repeat(100_000) }
    const { modelId } = await loggedModels.create(here, { experimentId, params: many(250) })
    await loggedModels.logParams(here, { modelId, params: [long, { key: '', value: '' }] })
    const { params } = await loggedModels.get(here, { modelId })
    assert.equal(params.length, 252)
    assert.deepEqual(params[0], { key: '', value: '' })
    assert.deepEqual(params.at(-1), long)
  })

  test('a param is never changed, and a call with one known key writes nothing', async () => {
    await using db = await open()
    const { loggedModels, here, modelId } = await withModel(db)
    await loggedModels.logParams(here, { modelId, params: many(2) })
    const again = { modelId, params: [{ key: 'new', value: '' }, ...many(1)] }
    await assert.rejects(loggedModels.logParams(here, again), refusal('BAD_REQUEST', /'k0'/))
    assert.deepEqual((await loggedModels.get(here, { modelId })).params, many(2))
    await loggedModels.logParams(here, { modelId, params: [] })
  })

  test('tags are set over, the last of two wins, and deleting one that is not there says so', async () => {
    await using db = await open()
    const { loggedModels, here, modelId } = await withModel(db)
    const key = 'a/b !ü'
    await loggedModels.setTags(here, {
      modelId,
      tags: [
        { key, value: 'old' },
        { key, value: 'new' },
      ],
    })
    assert.deepEqual((await loggedModels.get(here, { modelId })).tags, [{ key, value: 'new' }])
    await loggedModels.setTags(here, { modelId, tags: [{ key, value: 'x'.repeat(20_000) }] })
    await loggedModels.deleteTag(here, { modelId, key })
    assert.deepEqual((await loggedModels.get(here, { modelId })).tags, [])
    await assert.rejects(
      loggedModels.deleteTag(here, { modelId, key }),
      refusal('RESOURCE_DOES_NOT_EXIST', /No tag with key 'a\/b !ü' found/),
    )
  })

  test('another workspace’s model is as one that does not exist', async () => {
    await using db = await open()
    const { loggedModels, elsewhere, experimentId, modelId } = await withModel(db)
    const ways: Record<string, (caller: Caller, modelId: string) => Promise<unknown>> = {
      get: (caller, id) => loggedModels.get(caller, { modelId: id, allowDeleted: true }),
      finalize: (caller, id) => loggedModels.finalize(caller, { modelId: id, status: 'READY' }),
      delete: (caller, id) => loggedModels.delete(caller, { modelId: id }),
      logParams: (caller, id) => loggedModels.logParams(caller, { modelId: id, params: many(1) }),
      setTags: (caller, id) => loggedModels.setTags(caller, { modelId: id, tags: many(1) }),
      deleteTag: (caller, id) => loggedModels.deleteTag(caller, { modelId: id, key: 'k' }),
    }
    for (const [name, way] of Object.entries(ways)) {
      const [theirs, nobodys] = await Promise.all(
        [modelId, 'm-none'].map(async (id) => {
          const error = await way(elsewhere, id).then(
            () => undefined,
            (thrown) => thrown,
          )
          assert.ok(error instanceof Problem, name)
          return [error.code, error.message.replace(id, '<id>'), error.hint]
        }),
      )
      assert.deepEqual(theirs, nobodys, name)
      assert.equal(theirs![0], 'RESOURCE_DOES_NOT_EXIST', name)
    }
    await assert.rejects(
      loggedModels.create(elsewhere, { experimentId }),
      refusal('RESOURCE_DOES_NOT_EXIST', /No Experiment/),
    )
  })

  test('who may not read the experiment does not see its models', async () => {
    await using db = await open()
    const { loggedModels, here, modelId } = await withModel(db)
    const stranger: Caller = { ...here, readable: () => ({ kind: 'only', keys: [] }) }
    await assert.rejects(loggedModels.get(stranger, { modelId }), refusal('RESOURCE_DOES_NOT_EXIST'))
  })
})

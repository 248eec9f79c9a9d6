import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { parseExperimentId } from './find-experiment.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const TAKEN = { code: 'RESOURCE_ALREADY_EXISTS' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

test('ids are read as whole numbers, as MLflow reads them', () => {
  for (const [given, id] of [
    ['7', '7'],
    [' 007 ', '7'],
    ['+7', '7'],
    ['-0', '0'],
    ['-1', '-1'],
    ['', '0'],
  ] as const) {
    assert.equal(parseExperimentId(given), id)
  }
  for (const given of ['1.0', 'abc', '0 OR 1=1', '1e3', '9'.repeat(65)]) {
    assert.throws(() => parseExperimentId(given), INVALID)
  }
})

eachEngine('experiments', MODULES, (open) => {
  test('every workspace has its own Default, number 0', async () => {
    await using db = await open()
    const { experiments, here, elsewhere } = await openTracking(db)
    for (const caller of [here, elsewhere]) {
      const found = await experiments.get(caller, { experimentId: '0' })
      assert.deepEqual([found.name, found.artifactLocation], ['Default', 'mlflow-artifacts:/0'])
    }
    await experiments.setTag(here, { experimentId: '0', key: 'k', value: 'v' })
    assert.deepEqual((await experiments.get(elsewhere, { experimentId: '0' })).tags, [])
  })

  test('a new experiment has its tags, times and a place for artifacts, and tells one event', async () => {
    await using db = await open()
    const { experiments, here, eventTypes } = await openTracking(db)
    const id = await experiments.create(here, { name: 'wine', tags: [{ key: 'team', value: 'x' }] })
    assert.deepEqual(await experiments.getByName(here, { name: 'wine' }), {
      experimentId: id,
      name: 'wine',
      artifactLocation: `mlflow-artifacts:/${id}`,
      lifecycle: 'active',
      createdAt: 1_700_000_000_000,
      updatedAt: 1_700_000_000_000,
      tags: [{ key: 'team', value: 'x' }],
    })
    assert.deepEqual(await eventTypes(), ['experiment.created'])
  })

  test('a name is taken once per workspace, also by a deleted experiment', async () => {
    await using db = await open()
    const { experiments, here, elsewhere } = await openTracking(db)
    const id = await experiments.create(here, { name: 'wine' })
    await experiments.create(elsewhere, { name: 'wine' })
    await experiments.delete(here, { experimentId: id })
    await assert.rejects(experiments.create(here, { name: 'wine' }), TAKEN)
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, () => experiments.create(here, { name: 'race' })),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('deleting hides it from its verbs, restoring brings it back', async () => {
    await using db = await open()
    const { experiments, here, later } = await openTracking(db)
    const id = await experiments.create(here, { name: 'wine' })
    later(5)
    await experiments.delete(here, { experimentId: id })
    const gone = await experiments.get(here, { experimentId: id })
    assert.deepEqual([gone.lifecycle, gone.updatedAt - gone.createdAt], ['deleted', 5])
    await assert.rejects(experiments.delete(here, { experimentId: id }), ABSENT)
    await assert.rejects(experiments.rename(here, { experimentId: id, newName: 'w' }), {
      code: 'INVALID_STATE',
    })
    await assert.rejects(experiments.setTag(here, { experimentId: id, key: 'k', value: 'v' }), INVALID)
    await experiments.restore(here, { experimentId: id })
    await assert.rejects(experiments.restore(here, { experimentId: id }), ABSENT)
    assert.equal((await experiments.get(here, { experimentId: id })).lifecycle, 'active')
  })

  test('a new name must be free', async () => {
    await using db = await open()
    const { experiments, here } = await openTracking(db)
    const id = await experiments.create(here, { name: 'wine' })
    await assert.rejects(experiments.rename(here, { experimentId: id, newName: 'Default' }), TAKEN)
    await experiments.rename(here, { experimentId: id, newName: 'wine' })
    await experiments.rename(here, { experimentId: id, newName: 'beer' })
    assert.equal((await experiments.getByName(here, { name: 'beer' })).experimentId, id)
    await assert.rejects(experiments.getByName(here, { name: 'wine' }), ABSENT)
  })

  test('tags are set, overwritten and removed once', async () => {
    await using db = await open()
    const { experiments, here } = await openTracking(db)
    const tag = { experimentId: '0', key: 'a/b', value: '1' }
    await experiments.setTag(here, tag)
    await experiments.setTag(here, { ...tag, value: '2' })
    assert.deepEqual((await experiments.get(here, tag)).tags, [{ key: 'a/b', value: '2' }])
    await experiments.deleteTag(here, tag)
    await assert.rejects(experiments.deleteTag(here, tag), ABSENT)
  })

  test('what is too long or named like another file is refused', async () => {
    await using db = await open()
    const { experiments, here, eventTypes } = await openTracking(db)
    await assert.rejects(experiments.create(here, { name: 'x'.repeat(501) }), INVALID)
    await experiments.create(here, { name: '😀'.repeat(500) })
    for (const key of ['../x', '/x', 'x/', 'a//b', './a', 'a/../b', 'tab\t', '..x', 'k'.repeat(251)]) {
      await assert.rejects(experiments.setTag(here, { experimentId: '0', key, value: '' }), INVALID, key)
    }
    const long = { experimentId: '0', key: 'k', value: 'v'.repeat(20_001) }
    await assert.rejects(experiments.setTag(here, long), INVALID)
    assert.deepEqual(await eventTypes(), ['experiment.created'])
  })

  test('another workspace’s experiment is as absent as one that never was', async () => {
    await using db = await open()
    const { experiments, here, elsewhere } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const asked = [
      () => experiments.get(elsewhere, { experimentId }),
      () => experiments.delete(elsewhere, { experimentId }),
      () => experiments.rename(elsewhere, { experimentId, newName: 'mine' }),
      () => experiments.setTag(elsewhere, { experimentId, key: 'k', value: 'v' }),
      () => experiments.remove(elsewhere, { experimentId }),
    ]
    for (const ask of asked) {
      await assert.rejects(ask(), { ...ABSENT, message: `No Experiment with id=${experimentId} exists` })
    }
  })

  test('only a deleted experiment can be removed for good; then its name is free', async () => {
    await using db = await open()
    const { experiments, runs, here, workOff } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const run = await runs.create(here, { experimentId })
    await assert.rejects(experiments.remove(here, { experimentId }), { code: 'INVALID_STATE' })
    await experiments.delete(here, { experimentId })
    await experiments.remove(here, { experimentId })
    await experiments.create(here, { name: 'wine' })
    await assert.rejects(runs.get(here, { runId: run.info.runId }), ABSENT)
    await workOff()
    await assert.rejects(experiments.remove(here, { experimentId: '0' }), INVALID)
  })
})

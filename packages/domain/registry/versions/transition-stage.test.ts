import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import type { Stage } from '../stages.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noModel, noVersion, refusal } from '../testing/refusal.ts'
import { makeVersionVerbs } from './make-version-verbs.ts'

/** A model `m` with a version of each of these stages, numbered from 1, and the like in another workspace. */
async function openStages(db: Database, stages: readonly Stage[]) {
  const bed = await openRegistry(db)
  const models = makeModels(bed.deps)
  for (const caller of [bed.here, bed.elsewhere]) {
    for (const name of ['m', 'n']) {
      await models.create(caller, { name })
      for (const stage of stages) await keepVersion(db, { ...caller, name }, { stage })
    }
  }
  const versions = makeVersionVerbs(bed.deps)
  const stagesOf = (caller = bed.here, name = 'm') =>
    Promise.all(stages.map(async (_, i) => (await versions.get(caller, { name, version: `${i + 1}` })).stage))
  return { ...bed, models, versions, stagesOf }
}

eachEngine('stages', TEST_MIGRATIONS, (open) => {
  test('a transition moves one version, its time and its model’s', async () => {
    await using db = await open()
    await using bed = await openStages(db, ['Staging', 'None'])
    const { createdAt } = await bed.models.get(bed.here, { name: 'm' })
    bed.later(4)
    const shown = await bed.versions.transitionStage(bed.here, {
      name: 'm',
      version: '2',
      stage: 'sTaGiNg',
      archiveExisting: false,
    })
    assert.deepEqual([shown.version, shown.stage, shown.updatedAt], [2, 'Staging', createdAt + 4])
    assert.deepEqual(await bed.versions.get(bed.here, { name: 'm', version: '2' }), shown)
    assert.deepEqual(await bed.stagesOf(), ['Staging', 'Staging'])
    const model = await bed.models.get(bed.here, { name: 'm' })
    assert.deepEqual([model.updatedAt, model.createdAt], [createdAt + 4, createdAt])
    assert.equal((await bed.versions.get(bed.here, { name: 'm', version: '1' })).updatedAt, 1)
    const told = (await bed.events()).at(-1)
    assert.deepEqual(
      [told?.type, told?.subject, told?.before, told?.after],
      ['stage.changed', 'models/m/versions/2', { stage: 'None' }, { stage: 'Staging', archived: [] }],
    )
  })

  test('the others of the stage can be archived with it, those of this model only', async () => {
    await using db = await open()
    const stages = ['Production', 'Staging', 'Production', 'None', 'Archived', 'Production'] as const
    await using bed = await openStages(db, stages)
    bed.later(4)
    await bed.versions.transitionStage(bed.here, {
      name: 'm',
      version: '4',
      stage: 'Production',
      archiveExisting: true,
    })
    assert.deepEqual(await bed.stagesOf(), [
      'Archived',
      'Staging',
      'Archived',
      'Production',
      'Archived',
      'Archived',
    ])
    assert.deepEqual(await bed.stagesOf(bed.here, 'n'), stages)
    assert.deepEqual(await bed.stagesOf(bed.elsewhere), stages)
    const { updatedAt } = await bed.models.get(bed.here, { name: 'm' })
    const times = await Promise.all(
      [1, 2, 3, 5].map(
        async (n) => (await bed.versions.get(bed.here, { name: 'm', version: `${n}` })).updatedAt,
      ),
    )
    assert.deepEqual(times, [updatedAt, 1, updatedAt, 1])
    assert.deepEqual((await bed.events()).at(-1)?.after, { stage: 'Production', archived: [1, 3, 6] })
  })

  test('a transition to where the version is moves times and tells nothing, unless it archives another', async () => {
    await using db = await open()
    await using bed = await openStages(db, ['Staging', 'Staging'])
    const before = (await bed.events()).length
    const call = { name: 'm', version: '1', stage: 'Staging' }
    bed.later(4)
    const same = await bed.versions.transitionStage(bed.here, { ...call, archiveExisting: false })
    const model = await bed.models.get(bed.here, { name: 'm' })
    assert.deepEqual([same.updatedAt, model.updatedAt], [model.createdAt + 4, model.createdAt + 4])
    assert.equal((await bed.events()).length, before)
    await bed.versions.transitionStage(bed.here, { ...call, archiveExisting: true })
    assert.deepEqual(await bed.stagesOf(), ['Staging', 'Archived'])
    const told = (await bed.events()).slice(before)
    assert.deepEqual(
      told.map((event) => [event.before, event.after]),
      [[{ stage: 'Staging' }, { stage: 'Staging', archived: [2] }]],
    )
  })

  test('what MLflow refuses is refused, the stage before the version', async () => {
    await using db = await open()
    await using bed = await openStages(db, ['Staging'])
    const call = (name: string, version: string, stage: string, archiveExisting: boolean) =>
      bed.versions.transitionStage(bed.here, { name, version, stage, archiveExisting })
    const before = (await bed.events()).length
    await assert.rejects(
      call('gone', '9', 'prod', false),
      refusal(
        'INVALID_PARAMETER_VALUE',
        'Invalid Model Version stage: prod. Value must be one of None, Staging, Production, Archived.',
      ),
    )
    for (const stage of ['none', 'Archived']) {
      await assert.rejects(
        call('gone', '9', stage, true),
        refusal(
          'INVALID_PARAMETER_VALUE',
          `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
        ),
      )
    }
    await assert.rejects(call('gone', '1', 'Staging', true), noModel('gone'))
    await assert.rejects(call('m', '9', 'Staging', true), noVersion('m', 9))
    // The call that failed has archived nobody.
    assert.deepEqual(await bed.stagesOf(), ['Staging'])
    assert.equal((await bed.events()).length, before)
  })

  test('of many that take the stage for themselves at once, one has it in the end', async () => {
    await using db = await open()
    const stages = Array.from({ length: 20 }, () => 'None' as const)
    await using bed = await openStages(db, stages)
    await Promise.all(
      stages.map((_, i) =>
        bed.versions.transitionStage(bed.here, {
          name: 'm',
          version: `${i + 1}`,
          stage: 'Production',
          archiveExisting: true,
        }),
      ),
    )
    const left = await bed.stagesOf()
    assert.equal(left.filter((stage) => stage === 'Production').length, 1)
    assert.equal(left.filter((stage) => stage === 'Archived').length, 19)
    const told = (await bed.events()).filter(({ type }) => type === 'stage.changed')
    assert.equal(told.flatMap(({ after }) => after?.archived).length, 19)
  })
})

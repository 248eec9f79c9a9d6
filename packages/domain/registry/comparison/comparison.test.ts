import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { VersionSummary } from '../model-version.ts'
import { insertModel } from '../models/create-model.ts'
import { takeModel } from '../models/find-model.ts'
import { insertVersion, type NewVersionFacts } from '../registration/insert-version.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { PLAIN_FACTS } from '../testing/plain-version.ts'
import { makeCompare } from './make-compare.ts'
import { makeWhereUsed } from './make-where-used.ts'

type Bed = Awaited<ReturnType<typeof openRegistry>>

const SUMMARY: VersionSummary = {
  flavors: [],
  signature: null,
  inputExample: null,
  requirements: [],
  pythonVersion: null,
  mlflowVersion: null,
  modelUuid: null,
  statedBytes: null,
  codeReasons: [],
  warnings: [],
}

interface Given extends Partial<Omit<NewVersionFacts, 'content'>> {
  readonly files?: Readonly<Record<string, string>>
  readonly state?: 'complete' | 'outside'
  readonly digest?: string
  readonly summary?: Partial<VersionSummary>
}

/** The next version of a model, which is made if it is not there. @returns the version's key */
async function keep({ deps }: Bed, caller: Caller, name: string, given: Given = {}): Promise<number> {
  const { files = {}, state = 'complete', digest = null, summary, ...facts } = given
  return deps.db.inTx(async (tx) => {
    const model = await takeModel(tx, caller, name, 'model.write').catch(() =>
      insertModel(deps, tx, caller, { name, description: null, tags: new Map() }),
    )
    const { key } = await insertVersion(deps, tx, caller, model, {
      ...PLAIN_FACTS,
      ...facts,
      content: {
        type: 'custom_model',
        runsCode: false,
        manifest: { state, digest, files: Object.keys(files).length, bytes: 0 },
        files: Object.entries(files).map(([path, sha256]) => ({ path, size: 1, sha256 })),
        summary: summary === undefined ? null : { ...SUMMARY, ...summary },
      },
    })
    return key
  })
}

const sides = (name: string, left: unknown, right: unknown) => ({ name, left, right })
const isMissing = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST'

eachEngine('comparing versions', TEST_MIGRATIONS, (open) => {
  test('metrics and params of runs, tags, requirements, signature and files stand side by side', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { tracking, here } = bed
    const runs: string[] = []
    for (const [i, acc] of [0.5, Number.NaN].entries()) {
      const { info } = await tracking.runs.create(here, { experimentId: '0' })
      runs.push(info.runId)
      const metrics = [
        { key: 'acc', value: 9, timestamp: 1, step: 0 },
        { key: 'acc', value: acc, timestamp: 2, step: 1 },
        { key: i === 0 ? 'a' : 'b', value: i, timestamp: 1, step: 0 },
      ]
      const params = [
        { key: 'depth', value: '3' },
        { key: 'rate', value: String(i) },
      ]
      await tracking.runs.logBatch(here, { runId: info.runId, metrics, params, tags: [] })
    }
    const [left = '', right = ''] = runs
    const signature = { inputs: [{ name: 'x', type: 'double' }], outputs: null, params: null }
    await keep(bed, here, 'm', {
      runId: left,
      tags: new Map([
        ['stage', 'old'],
        ['same', 's'],
      ]),
      files: { same: 's', changed: '1', 'only/left': 'l' },
      summary: { requirements: ['Scikit_Learn==1.5.2', 'numpy==1'], signature },
    })
    await keep(bed, here, 'n', {
      runId: right,
      tags: new Map([
        ['stage', 'new'],
        ['same', 's'],
      ]),
      files: { same: 's', changed: '2', ümlaut: 'r' },
      summary: {
        requirements: ['scikit-learn==1.6.0', 'pandas'],
        signature: { ...signature, inputs: [{ type: 'double', name: 'x' }] },
      },
    })
    const compared = await makeCompare(bed.deps)(here, {
      left: { name: 'm', version: '1' },
      right: { name: 'n', version: ' 1' },
    })
    assert.deepEqual([compared.left.name, compared.right.name], ['m', 'n'])
    assert.deepEqual(compared.metrics, [
      sides('a', 0, null),
      sides('acc', 0.5, Number.NaN),
      sides('b', null, 1),
    ])
    assert.deepEqual(compared.params, [sides('depth', '3', '3'), sides('rate', '0', '1')])
    assert.deepEqual(compared.tags, [sides('same', 's', 's'), sides('stage', 'old', 'new')])
    assert.deepEqual(compared.requirements, [
      sides('numpy', '==1', null),
      sides('pandas', null, ''),
      sides('scikit-learn', '==1.5.2', '==1.6.0'),
    ])
    assert.equal(compared.signature.same, true)
    assert.deepEqual(compared.files, [
      sides('changed', '1', '2'),
      sides('only/left', 'l', null),
      sides('ümlaut', null, 'r'),
    ])
  })

  test('a logged model speaks for its version, values without a dataset first', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { tracking, here } = bed
    const { info } = await tracking.runs.create(here, { experimentId: '0' })
    const { modelId } = await tracking.loggedModels.create(here, {
      experimentId: '0',
      params: [{ key: 'p', value: 'of the model' }],
    })
    const log = (key: string, value: number, step: number, dataset?: string) =>
      tracking.metrics.log(here, {
        runId: info.runId,
        modelId,
        key,
        value,
        timestamp: 50 - step,
        step,
        ...(dataset === undefined ? {} : { datasetName: dataset, datasetDigest: 'd' }),
      })
    await log('acc', 0.9, 9, 'train')
    await log('acc', 0.1, 1)
    await log('acc', 0.2, 2)
    await log('loss', 3, 3, 'train')
    await log('loss', 4, 4, 'test')
    await tracking.runs.logParam(here, { runId: info.runId, key: 'p', value: 'of the run' })
    await keep(bed, here, 'm', { modelId, runId: info.runId })
    await keep(bed, here, 'm', { modelId: 'm-that-is-gone' })
    const compared = await makeCompare(bed.deps)(here, {
      left: { name: 'm', version: '1' },
      right: { name: 'm', version: '2' },
    })
    assert.deepEqual(compared.metrics, [sides('acc', 0.2, null), sides('loss', 4, null)])
    assert.deepEqual(compared.params, [sides('p', 'of the model', null)])
    assert.deepEqual(compared.signature, { left: null, right: null, same: true })
  })

  test('what the caller may not read of an experiment stays out', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const runId = await bed.runWith(bed.here, {})
    await bed.tracking.metrics.log(bed.here, { runId, key: 'acc', value: 1, timestamp: 1, step: 0 })
    await keep(bed, bed.here, 'm', { runId })
    const nothing: Caller = {
      ...bed.here,
      readable: (kind) => (kind === 'experiment' ? { kind: 'only', keys: [] } : { kind: 'all' }),
    }
    const both = { left: { name: 'm', version: '1' }, right: { name: 'm', version: '1' } }
    assert.equal((await makeCompare(bed.deps)(bed.here, both)).metrics.length, 1)
    assert.deepEqual((await makeCompare(bed.deps)(nothing, both)).metrics, [])
    const used = makeWhereUsed(bed.deps)
    assert.equal((await used(bed.here, both.left)).sourceRun?.runId, runId)
    assert.equal((await used(nothing, both.left)).sourceRun, null)
  })

  test('files of which one side knows nothing are not compared', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keep(bed, bed.here, 'm', { files: { a: '1' } })
    await keep(bed, bed.here, 'm', { state: 'outside' })
    const compared = await makeCompare(bed.deps)(bed.here, {
      left: { name: 'm', version: '1' },
      right: { name: 'm', version: '2' },
    })
    assert.deepEqual(compared.files, [])
  })

  test('both versions must be there for the caller', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const compare = makeCompare(bed.deps)
    await keep(bed, bed.here, 'm')
    const both = { left: { name: 'm', version: '1' }, right: { name: 'm', version: '1' } }
    await compare(bed.here, both)
    await assert.rejects(compare(bed.elsewhere, both), isMissing)
    await assert.rejects(compare(reading(bed.here, { kind: 'only', keys: [] }), both), isMissing)
    await assert.rejects(compare(bed.here, { ...both, right: { name: 'm', version: '2' } }), isMissing)
  })
})

eachEngine('where a version is used', TEST_MIGRATIONS, (open) => {
  test('aliases, copies, siblings, its run and the runs that took it', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here, elsewhere, tracking } = bed
    const runId = await bed.runWith(here, {})
    const modelId = await bed.loggedModelWith(here, {})
    const consumer = await bed.runWith(here, {})
    await bed.runWith(here, {})
    await tracking.inputs.logInputs(here, { runId: consumer, datasets: [], models: [modelId] })
    const key = await keep(bed, here, 'm', { modelId, runId })
    await keep(bed, here, 'm', { modelId })
    await keep(bed, here, 'm')
    await keep(bed, here, 'copy', { modelId, sourceVersionKey: key })
    await keep(bed, elsewhere, 'm', { modelId })
    await db.inTx(async (tx) => {
      const model = await takeModel(tx, here, 'm', 'model.read')
      await tx.bulk(
        {
          table: 'model_aliases',
          columns: { model_key: 'int', alias: 'text', version: 'int' },
          key: ['model_key', 'alias'],
          onClash: 'fail',
        },
        [
          [model.key, 'best', 1],
          [model.key, 'also', 1],
          [model.key, 'other', 2],
        ],
      )
    })
    const used = makeWhereUsed(bed.deps)
    assert.deepEqual(await used(here, { name: 'm', version: '1' }), {
      aliases: ['also', 'best'],
      copies: [{ name: 'copy', version: 1 }],
      siblings: [
        { name: 'copy', version: 1 },
        { name: 'm', version: 2 },
      ],
      sourceRun: { runId, experimentId: '0' },
      consumingRuns: [consumer],
    })
    assert.deepEqual(await used(elsewhere, { name: 'm', version: '1' }), {
      aliases: [],
      copies: [],
      siblings: [],
      sourceRun: null,
      consumingRuns: [],
    })
    const { key: hidden } = await db.inTx((tx) => takeModel(tx, here, 'copy', 'model.read'))
    const some = await used(reading(here, { kind: 'all-except', keys: [hidden] }), {
      name: 'm',
      version: '1',
    })
    assert.deepEqual([some.copies, some.siblings], [[], [{ name: 'm', version: 2 }]])
    await assert.rejects(used(here, { name: 'm', version: '9' }), isMissing)
  })

  test('siblings have the same manifest, wherever their files lie', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here, elsewhere } = bed
    const used = makeWhereUsed(bed.deps)
    const runId = await bed.runWith(here, {})
    const place = { runId, contentPath: `0/${runId}/artifacts/model` }
    await keep(bed, here, 'm', { ...place, digest: 'a' })
    await keep(bed, here, 'm', { ...place, digest: 'b' })
    await keep(bed, here, 'i', { folderId: 'f', digest: 'a' })
    await keep(bed, elsewhere, 'm', { digest: 'a' })
    const siblings = async (name: string, version: string) => (await used(here, { name, version })).siblings
    assert.deepEqual(await siblings('m', '1'), [{ name: 'i', version: 1 }])
    assert.deepEqual(await siblings('i', '1'), [{ name: 'm', version: 1 }])
    assert.deepEqual(await siblings('m', '2'), [])
  })

  test('without a manifest, versions of one place are siblings', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here } = bed
    const used = makeWhereUsed(bed.deps)
    const runId = await bed.runWith(here, {})
    const at = (contentPath: string) => ({ runId, contentPath: `0/${runId}/artifacts/${contentPath}` })
    await keep(bed, here, 'm', at('model'))
    await keep(bed, here, 'm', at('model'))
    await keep(bed, here, 'm', { ...at('model'), digest: 'a' })
    await keep(bed, here, 'm', at('other'))
    const { siblings } = await used(here, { name: 'm', version: '1' })
    assert.deepEqual(siblings, [{ name: 'm', version: 2 }])
  })
})

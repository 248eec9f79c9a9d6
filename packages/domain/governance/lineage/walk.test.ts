import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem, type ProblemCode } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { TEST_MIGRATIONS } from '../../registry/testing/open-registry.ts'
import { openLineage, shapeOf } from './testing/open-lineage.ts'
import { walk } from './walk.ts'

const is = (code: ProblemCode, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, says)
  return true
}

/** The same caller, who may read of the experiments and models only these. */
function reading(
  caller: Caller,
  keys: { experiment?: readonly number[]; model?: readonly number[] },
): Caller {
  return {
    ...caller,
    readable: (kind) => (keys[kind] === undefined ? { kind: 'all' } : { kind: 'only', keys: keys[kind] }),
  }
}

eachEngine('lineage', TEST_MIGRATIONS, (open) => {
  test('goes from data through runs and models to versions and their copies, in both directions', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const { here } = bed
    const parent = await bed.run()
    const training = await bed.run({ parent, reads: ['customers#1', 'weather # daily#2'] })
    const model = await bed.made(training)
    await bed.outputs(training, [model])
    const scoring = await bed.run({ models: [model], reads: ['customers#2'] })
    const one = await bed.version('fraud', { source: `models:/${model}`, modelId: model, runId: training })
    const copy = await bed.version('copy', { source: 'models:/fraud/1' })
    const byRun = await bed.version('other', { source: 's3://bucket/x', runId: scoring })
    const [P, T, S, M] = [`run:${parent}`, `run:${training}`, `run:${scoring}`, `logged-model:${model}`]

    const graph = await bed.walk(here, 'run', training)
    assert.deepEqual(shapeOf(graph), {
      nodes: [
        `0 ${T}`,
        `1 ${P}`,
        '1 dataset:customers#1',
        '1 dataset:weather # daily#2',
        `1 ${M}`,
        `1 version:${one}`,
        `2 ${S}`,
        `1 version:${copy}`,
        `3 version:${byRun}`,
      ].sort(),
      edges: [
        `${P} parent-of ${T}`,
        `dataset:customers#1 read-by ${T}`,
        `dataset:weather # daily#2 read-by ${T}`,
        `${T} produced ${M}`,
        `${T} registered-as version:${one}`,
        `${M} registered-as version:${one}`,
        `${M} read-by ${S}`,
        `version:${one} copied-to version:${copy}`,
        // A copy says where its source came from.
        `${M} registered-as version:${copy}`,
        `${T} registered-as version:${copy}`,
        `${S} registered-as version:${byRun}`,
      ].sort(),
    })
    assert.deepEqual([graph.isCut, graph.hidden], [false, 0])
    const [start, ...rest] = graph.nodes
    assert.deepEqual([start?.id, start?.distance], [training, 0])
    assert.deepEqual(
      rest.map(({ distance }) => distance),
      rest.map(({ distance }) => distance).sort(),
      'nearest first',
    )

    const upstream = await bed.walk(here, 'version', byRun, { direction: 'upstream' })
    assert.deepEqual(
      shapeOf(upstream).nodes,
      [
        `0 version:${byRun}`,
        `1 ${S}`,
        '2 dataset:customers#2',
        `2 ${M}`,
        `3 ${T}`,
        '4 dataset:customers#1',
        '4 dataset:weather # daily#2',
        `4 ${P}`,
      ].sort(),
    )
    const affected = await bed.walk(here, 'dataset', 'weather # daily#2', { direction: 'downstream' })
    assert.deepEqual(affected.nodes.map(({ kind }) => kind).sort(), [
      'dataset',
      'logged-model',
      'run',
      'run',
      'version',
      'version',
      'version',
    ])
    const sources = await bed.walk(here, 'version', copy, { direction: 'upstream' })
    assert.ok(shapeOf(sources).edges.includes(`version:${one} copied-to version:${copy}`))
  })

  test('tells of nodes what they are called and how they are', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const run = await bed.run({ name: 'bold-ant', reads: ['d#1'], status: 'FAILED' })
    const model = await bed.made(run)
    const version = await bed.version('fraud', { source: `models:/${model}`, modelId: model })
    await bed.registry.versions.transitionStage(bed.here, {
      ...{ name: 'fraud', version: '1', stage: 'Staging', archiveExisting: false },
    })
    const { nodes } = await bed.walk(bed.here, 'run', run)
    const told = new Map(nodes.map((node) => [node.kind, node]))
    const { name: modelName } = told.get('logged-model')!
    assert.deepEqual(
      nodes.map(({ kind, id, subject, name, status, createdAt }) => [
        kind,
        id,
        subject,
        name,
        status,
        createdAt,
      ]),
      [
        ['run', run, `runs/${run}`, 'bold-ant', 'FAILED', 1_000],
        ['dataset', 'd#1', '', 'd', null, null],
        ['logged-model', model, `logged-models/${model}`, modelName, 'PENDING', 1_700_000_000_000],
        ['version', version, 'models/fraud/versions/1', 'fraud', 'Staging', 1_700_000_000_000],
      ],
    )
  })

  test('asks only for what no edge told: where it begins, and what one module names of another', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const run = await bed.run({ reads: ['d#1'] })
    const model = await bed.made(run)
    await bed.run({ models: [model], parent: run })
    const version = await bed.version('fraud', { source: `models:/${model}`, modelId: model, runId: run })
    const asked: string[][] = []
    const sources = bed.sources.map((source): typeof source => ({
      ...source,
      describe(reads, caller, nodes, detail) {
        asked.push(nodes.map(({ kind, id }) => `${kind}:${id}`).sort())
        return source.describe(reads, caller, nodes, detail)
      },
    }))
    const from = async (kind: 'dataset' | 'version', id: string, direction: 'upstream' | 'downstream') => {
      asked.length = 0
      const input = { start: { kind, id }, direction, depth: 50, limit: 100 }
      const { nodes } = await db.scan((reads) => walk(sources, reads, bed.here, input))
      return [nodes.length, [...new Set(asked.map((ids) => ids.join()))]]
    }
    assert.deepEqual(await from('dataset', 'd#1', 'downstream'), [5, ['dataset:d#1']])
    const ofVersion = [`logged-model:${model}`, `run:${run}`].join()
    assert.deepEqual(await from('version', version, 'upstream'), [4, [`version:${version}`, ofVersion]])
  })

  test('ends in circles', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const [first, second] = [await bed.run(), await bed.run()]
    const [one, two] = [await bed.made(first), await bed.made(second)]
    await bed.tracking.inputs.logInputs(bed.here, { runId: first, datasets: [], models: [two, one] })
    await bed.tracking.inputs.logInputs(bed.here, { runId: second, datasets: [], models: [one] })
    const { nodes, edges, isCut } = await bed.walk(bed.here, 'run', first)
    assert.deepEqual([nodes.length, edges.length, isCut], [4, 5, false])
  })

  test('goes as deep and as wide as asked for, and says whether there is more', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const runs = [await bed.run()]
    for (let n = 0; n < 4; n++) runs.push(await bed.run({ parent: runs.at(-1)! }))
    const first = runs[0]!
    const size = async (more: object) => {
      const { nodes, isCut } = await bed.walk(bed.here, 'run', first, more)
      return [nodes.length, isCut]
    }
    assert.deepEqual(await size({}), [5, false])
    assert.deepEqual(await size({ depth: 4 }), [5, false])
    assert.deepEqual(await size({ depth: 3 }), [4, true])
    assert.deepEqual(await size({ limit: 5 }), [5, false])
    assert.deepEqual(await size({ limit: 4 }), [4, true])
    assert.deepEqual(await size({ limit: 1 }), [1, true])
    assert.deepEqual(await size({ direction: 'upstream' }), [1, false])
    for (let n = 0; n < 20; n++) await bed.run({ parent: first })
    const wide = await bed.walk(bed.here, 'run', first, { depth: 1, limit: 10 })
    assert.deepEqual([wide.nodes.length, wide.edges.length, wide.isCut], [10, 9, true])
  })

  test('shows and passes through only what may be seen', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const secret = await bed.experiment('secret')
    const mine = await bed.run({ reads: ['shared#1'] })
    const hidden = await bed.run({ experimentId: secret, reads: ['shared#1', 'private#1'], parent: mine })
    const behind = await bed.run({ parent: hidden })
    const model = await bed.made(hidden, bed.here, secret)
    await bed.tracking.inputs.logInputs(bed.here, { runId: mine, datasets: [], models: [model] })
    const version = await bed.version('open', { source: 's3://b/x', runId: hidden })
    const locked = await bed.version('locked', { source: 's3://b/y', runId: mine })
    const rows = db.read.tables<{
      registered_models: { model_key: number; name: string }
      experiments: { experiment_key: number; experiment_id: string; workspace_key: number }
    }>()
    const { model_key } = await rows
      .selectFrom('registered_models')
      .select('model_key')
      .where('name', '=', 'open')
      .executeTakeFirstOrThrow()
    const { experiment_key } = await rows
      .selectFrom('experiments')
      .select('experiment_key')
      .where('experiment_id', '=', '0')
      .where('workspace_key', '=', bed.here.workspace.key)
      .executeTakeFirstOrThrow()
    const caller = reading(bed.here, { experiment: [experiment_key], model: [model_key] })
    const seen = await bed.walk(caller, 'run', mine)
    assert.deepEqual(shapeOf(seen), {
      nodes: ['1 dataset:shared#1', `0 run:${mine}`].sort(),
      edges: [`dataset:shared#1 read-by run:${mine}`],
    })
    // A child and a version: nothing is told but that there are some. The model is named by the run itself.
    assert.equal(seen.hidden, 2)
    const from = await bed.walk(caller, 'version', version)
    assert.deepEqual([shapeOf(from).nodes, from.hidden], [[`0 version:${version}`], 1])
    const dataset = await bed.walk(caller, 'dataset', 'shared#1')
    assert.deepEqual([shapeOf(dataset).nodes.length, dataset.hidden], [2, 2])
    for (const [kind, id] of [
      ['run', hidden],
      ['dataset', 'private#1'],
      ['logged-model', model],
      ['version', locked],
    ] as const) {
      await assert.rejects(
        bed.walk(caller, kind, id),
        is('RESOURCE_DOES_NOT_EXIST', new RegExp(`No ${kind}`)),
      )
    }
    const all = await bed.walk(bed.here, 'run', mine)
    assert.ok(all.nodes.some(({ id }) => id === behind))
    assert.equal(all.hidden, 0)
  })

  for (const readable of ['only', 'all-except'] as const) {
    test(`tells nobody who guesses whether there is a thing, where they may read ${readable} some`, async () => {
      await using db = await open()
      await using bed = await openLineage(db)
      const secret = await bed.experiment('secret')
      const hidden = await bed.run({ experimentId: secret, reads: ['hid#d1'] })
      const model = await bed.made(hidden, bed.here, secret)
      const keyOf = async (id: string) =>
        (
          await db.read
            .tables<{
              experiments: { experiment_key: number; experiment_id: string; workspace_key: number }
            }>()
            .selectFrom('experiments')
            .select('experiment_key as key')
            .where('experiment_id', '=', id)
            .where('workspace_key', '=', bed.here.workspace.key)
            .executeTakeFirstOrThrow()
        ).key
      const keys = [await keyOf(readable === 'only' ? '0' : secret)]
      const guesser: Caller = {
        ...bed.here,
        readable: (kind) => (kind === 'model' ? { kind: 'all' } : { kind: readable, keys }),
      }
      const asked = async (run: string, dataset: string) => {
        const graphs = [
          await bed.walk(guesser, 'run', run),
          await bed.walk(guesser, 'dataset', dataset),
          await bed.walk(guesser, 'run', run, { direction: 'upstream' }),
        ]
        return graphs.map(({ nodes, edges, hidden, isCut }) => [nodes.length, edges.length, hidden, isCut])
      }
      const right = await bed.run({ parent: hidden, reads: ['hid#d1'], models: [model] }, guesser)
      await bed.outputs(right, [model], guesser).catch(() => {})
      const wrong = await bed.run({ parent: 'a'.repeat(32), reads: ['no#d1'], models: ['m-none'] }, guesser)
      assert.deepEqual(await asked(right, 'hid#d1'), await asked(wrong, 'no#d1'))
      assert.deepEqual((await asked(right, 'hid#d1'))[0], [2, 1, 0, false])
      const refusals = await Promise.all(
        [hidden, 'b'.repeat(32)].map((id) =>
          bed.walk(guesser, 'run', id).then(
            () => assert.fail('answered'),
            (error: Problem) => [error.code, error.message.replace(id, '')],
          ),
        ),
      )
      assert.deepEqual(refusals[0], refusals[1])
    })
  }

  test('stays in its workspace', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const here = await bed.run({ reads: ['d#1'] })
    const there = await bed.run({ reads: ['d#1'] }, bed.elsewhere)
    await bed.version('fraud', { source: 's3://b/x', runId: there }, bed.elsewhere)
    const { nodes } = await bed.walk(bed.here, 'dataset', 'd#1')
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ['d#1', here],
    )
    await assert.rejects(bed.walk(bed.here, 'run', there), is('RESOURCE_DOES_NOT_EXIST', /No run/))
    await assert.rejects(
      bed.walk(bed.here, 'version', 'fraud/1'),
      is('RESOURCE_DOES_NOT_EXIST', /No version/),
    )
  })

  test('passes by what is gone: unknown models, removed runs, deleted versions', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const gone = await bed.run()
    const run = await bed.run({ models: ['m-unknown'], parent: gone })
    await bed.version('fraud', { source: 's3://b/x', runId: run })
    await bed.version('copy', { source: 'models:/fraud/1' })
    await bed.tracking.runs.delete(bed.here, { runId: gone })
    await bed.tracking.runs.remove(bed.here, { runId: gone })
    await bed.registry.versions.delete(bed.here, { name: 'fraud', version: '1' })
    const { nodes, hidden, isCut } = await bed.walk(bed.here, 'run', run)
    assert.deepEqual([nodes.map(({ id }) => id), hidden, isCut], [[run, 'copy/1'], 0, false])
  })

  test('refuses what is no place to begin, and limits that it has not', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const run = await bed.run()
    const missing = is('RESOURCE_DOES_NOT_EXIST', /in this workspace/)
    for (const [kind, id] of [
      ['run', 'nobody'],
      ['dataset', 'x'],
      ['dataset', '#'],
      ['logged-model', run],
      ['version', 'fraud'],
      ['version', 'fraud/0'],
      ['version', 'fraud/x'],
      ['version', `fraud/${'9'.repeat(30)}`],
      ['version', '/1'],
    ] as const) {
      await assert.rejects(bed.walk(bed.here, kind, id), missing, `${kind} ${id}`)
    }
    const invalid = (says: RegExp) => is('INVALID_PARAMETER_VALUE', says)
    await assert.rejects(bed.walk(bed.here, 'run', ''), invalid(/'id'/))
    await assert.rejects(bed.walk(bed.here, 'run', 'a\0'), invalid(/'id'/))
    for (const depth of [0, 51, 1.5, -1]) {
      await assert.rejects(bed.walk(bed.here, 'run', run, { depth }), invalid(/'depth'/))
    }
    for (const limit of [0, 10_001]) {
      await assert.rejects(bed.walk(bed.here, 'run', run, { limit }), invalid(/'limit'/))
    }
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { TEST_MIGRATIONS } from '../../registry/testing/open-registry.ts'
import type { OpenLineageEvent } from '../lineage.ts'
import { uuidOf } from './open-lineage.ts'
import { openLineage } from './testing/open-lineage.ts'
import { faultsOf } from './testing/open-lineage-rules.ts'

const PRODUCER = 'https://orrery.example.org'

const GIT = [
  { key: 'mlflow.source.git.repoURL', value: 'https://git.example.org/fraud.git' },
  { key: 'mlflow.source.git.commit', value: '0a1b2c' },
  { key: 'mlflow.source.git.branch', value: 'main' },
]

eachEngine('OpenLineage', TEST_MIGRATIONS, (open) => {
  test('tells each run with what it read and made, as the specification has it', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const { here } = bed
    const experimentId = await bed.experiment('churn')
    const parent = await bed.run({ experimentId, name: 'sweep', status: 'KILLED' })
    const run = await bed.run({
      ...{ experimentId, name: 'bold-ant', parent, reads: ['customers#42'], tags: GIT, status: 'FINISHED' },
    })
    const model = await bed.made(run, here, experimentId)
    const scoring = await bed.run({ experimentId, name: 'score', models: [model] })
    await bed.version('fraud', { source: `models:/${model}`, modelId: model })
    const events = await bed.lineage.openLineage(here, {
      ...{ start: { kind: 'logged-model', id: model }, direction: 'both', depth: 50, limit: 100 },
      producer: PRODUCER,
    })
    for (const event of events) assert.deepEqual(faultsOf(event), [])
    const byRun = new Map(events.map((event) => [event.run.runId, event]))
    assert.equal(byRun.size, 3)
    const [a, b, c] = [parent, run, scoring].map((id) => byRun.get(uuidOf(id))!) as [
      OpenLineageEvent,
      OpenLineageEvent,
      OpenLineageEvent,
    ]
    assert.deepEqual([a.eventType, b.eventType, c.eventType], ['ABORT', 'COMPLETE', 'RUNNING'])
    assert.deepEqual([b.eventTime, c.eventTime], ['1970-01-01T00:00:02.000Z', '1970-01-01T00:00:01.000Z'])
    assert.deepEqual([a.job.name, b.job.name], ['churn/sweep', 'churn/bold-ant'])
    const names = (sets: OpenLineageEvent['inputs']) =>
      sets.map(({ namespace, name }) => `${namespace} ${name}`)
    assert.deepEqual(names(b.inputs), ['orrery://default datasets/customers#42'])
    assert.deepEqual(names(b.outputs).sort(), [
      `orrery://default logged-models/${model}`,
      'orrery://default models/fraud/versions/1',
    ])
    assert.deepEqual([names(c.inputs), names(c.outputs)], [[`orrery://default logged-models/${model}`], []])
    const facet = (name: string, version: string) => ({
      _producer: PRODUCER,
      _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
    })
    assert.deepEqual(b.run.facets, {
      parent: {
        ...facet('ParentRunFacet', '1-1-0'),
        run: { runId: uuidOf(parent) },
        job: { namespace: 'orrery://default', name: 'churn/sweep' },
      },
    })
    const url = 'https://git.example.org/fraud.git'
    assert.deepEqual(b.job.facets, {
      sourceCodeLocation: {
        ...facet('SourceCodeLocationJobFacet', '1-0-1'),
        ...{ type: 'git', url, repoUrl: url, version: '0a1b2c', branch: 'main' },
      },
    })
    assert.deepEqual(b.inputs[0]?.facets, {
      version: { ...facet('DatasetVersionDatasetFacet', '1-0-1'), datasetVersion: '42' },
      dataSource: {
        ...facet('DatasourceDatasetFacet', '1-0-1'),
        ...{ name: 'customers', uri: 'https://data.example.org/customers.csv' },
      },
      schema: { ...facet('SchemaDatasetFacet', '1-1-1'), fields: [{ name: 'age', type: 'double' }] },
    })
    assert.deepEqual([a.run.facets, c.job.facets], [undefined, undefined])
  })

  test('takes whatever clients have logged, and tells of it what can be told', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    const { runId } = (await bed.tracking.runs.create(bed.here, { experimentId: '0', name: 'ä/"\n' })).info
    const odd = [
      '',
      'null',
      '[]',
      '{"mlflow_colspec": 5}',
      '{"mlflow_colspec": [1, {}, {"name": 2}]}',
      '{"uri": "no address"}',
      'x'.repeat(65_535),
    ]
    const datasets = odd.map((text, at) => ({
      tags: [],
      dataset: {
        name: `d${at}#é`,
        digest: `${at}`,
        sourceType: '',
        source: text,
        schema: text,
        profile: null,
      },
    }))
    await bed.tracking.inputs.logInputs(bed.here, { runId, datasets, models: [] })
    const tags = [{ key: 'mlflow.source.git.repoURL', value: 'git@example.org:x.git' }]
    await bed.tracking.runs.setTag(bed.here, { runId, ...tags[0]! })
    const events = await bed.lineage.openLineage(bed.here, {
      ...{ start: { kind: 'run', id: runId }, direction: 'both', depth: 1, limit: 100 },
      producer: PRODUCER,
    })
    assert.deepEqual(events.flatMap(faultsOf), [])
    assert.equal(events[0]?.inputs.length, odd.length)
  })

  test('has nothing to tell where no run is', async () => {
    await using db = await open()
    await using bed = await openLineage(db)
    await bed.version('fraud', { source: 's3://b/x' })
    const start = { kind: 'version', id: 'fraud/1' } as const
    const input = { start, direction: 'both', depth: 5, limit: 5, producer: PRODUCER } as const
    assert.deepEqual(await bed.lineage.openLineage(bed.here, input), [])
  })
})

test('a run has one UUID, whatever its id', () => {
  assert.equal(uuidOf('0123456789ABCDEF0123456789abcdef'), '01234567-89ab-cdef-0123-456789abcdef')
  assert.match(uuidOf('imported-run'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(uuidOf('imported-run'), uuidOf('imported-run'))
  assert.notEqual(uuidOf('imported-run'), uuidOf('imported_run'))
})

test('the rules find what breaks them', () => {
  const sound: OpenLineageEvent = {
    ...{ eventType: 'COMPLETE', eventTime: '2026-11-21T00:00:00.000Z', producer: PRODUCER },
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: uuidOf('x') },
    job: { namespace: 'n', name: 'j' },
    ...{ inputs: [], outputs: [] },
  }
  assert.deepEqual(faultsOf(sound), [])
  for (const [broken, says] of [
    [{ eventType: 'DONE' }, /eventType/],
    [{ eventTime: 'yesterday' }, /eventTime/],
    [{ producer: 'me' }, /producer/],
    [{ schemaURL: 'x' }, /schemaURL/],
    [{ run: { runId: 'x' } }, /runId/],
    [{ run: {} }, /runId/],
    [{ job: { name: 'j' } }, /namespace/],
    [{ inputs: [{ namespace: 'n' }] }, /name/],
    [{ outputs: {} }, /outputs/],
    [{ job: { namespace: 'n', name: 'j', facets: { f: {} } } }, /_producer/],
    [{ run: { runId: uuidOf('x'), facets: { f: { _producer: PRODUCER, _schemaURL: 'x' } } } }, /_schemaURL/],
  ] as const) {
    assert.match(faultsOf({ ...sound, ...broken } as never).join(), says)
  }
})

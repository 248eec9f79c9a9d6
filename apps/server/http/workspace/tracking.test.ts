import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { type Call, serve } from '../testing/serve.ts'

const OURS = '/api/orrery/v1'

async function newRun(call: Call, body: object = {}): Promise<string> {
  return (await call('POST', 'runs/create', { run_name: 'first', start_time: 1, ...body })).body.run.info
    .run_id
}

eachEngine('the routes of our own', MIGRATIONS, (open) => {
  test('series come in columns, NaN as null', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run_id = await newRun(call)
    const metrics = ['1', '2', 'NaN'].map((value, step) => ({ key: 'm', value, timestamp: step, step }))
    await call('POST', 'runs/log-batch', { run_id, metrics })
    const { status, body } = await call('POST', `${OURS}/series`, {
      run_ids: [run_id, 'nobody'],
      keys: ['m'],
    })
    assert.equal(status, 200)
    assert.deepEqual(body, {
      series: [
        {
          run_id,
          key: 'm',
          points: 3,
          width: 1,
          steps: [0, 1, 2],
          counts: [1, 1, 1],
          mins: [1, 2, null],
          maxs: [1, 2, null],
          lasts: [1, 2, null],
          last_timestamps: [0, 1, 2],
          last_steps: [0, 1, 2],
        },
      ],
    })
    assert.deepEqual((await call('POST', `${OURS}/series`, { run_ids: ['nobody'], keys: ['m'] })).body, {
      series: [],
    })
  })

  test('what they take is read strictly', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const [body, part] of [
      [{ keys: ['m'] }, "'run_ids' is required"],
      [{ run_ids: ['r'], keys: ['m'], colour: 'red' }, "Unknown field 'colour'"],
      [{ run_ids: [], keys: ['m'] }, "'run_ids' names 0 runs"],
      [{ run_ids: ['r'], keys: ['m'], max_buckets: 2501 }, "'max_buckets' is 2501"],
      [{ run_ids: ['r'], keys: ['m'], start_step: 2, end_step: 1 }, "lies behind 'end_step'"],
    ] as const) {
      const { status, body: problem } = await call('POST', `${OURS}/series`, body)
      assert.equal(status, 400)
      assert.equal(problem.error_code, 'INVALID_PARAMETER_VALUE')
      assert.ok(problem.message.includes(part), problem.message)
    }
  })

  test('runs are moved, and removed for good once they are deleted', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run_id = await newRun(call)
    const { experiment_id } = (await call('POST', 'experiments/create', { name: 'wine' })).body
    assert.equal((await call('POST', `${OURS}/runs/move`, { run_ids: [run_id], experiment_id })).status, 200)
    const moved = await call('GET', `runs/get?run_id=${run_id}`)
    assert.equal(moved.body.run.info.experiment_id, experiment_id)
    const early = await call('DELETE', `${OURS}/runs/${run_id}`)
    assert.deepEqual([early.status, early.body.error_code], [400, 'INVALID_STATE'])
    await call('POST', 'runs/delete', { run_id })
    assert.equal((await call('DELETE', `${OURS}/runs/${run_id}`)).status, 200)
    assert.equal((await call('GET', `runs/get?run_id=${run_id}`)).status, 404)
    await call('POST', 'experiments/delete', { experiment_id })
    assert.equal((await call('DELETE', `${OURS}/experiments/${experiment_id}`)).status, 200)
    assert.equal((await call('GET', `experiments/get?experiment_id=${experiment_id}`)).status, 404)
  })

  test('a metric with slashes in its name is removed by its path', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run_id = await newRun(call)
    await call('POST', 'runs/log-metric', { run_id, key: 'val/a b', value: 1, timestamp: 1 })
    assert.equal((await call('DELETE', `${OURS}/runs/${run_id}/metrics/val/a%20b`)).status, 200)
    assert.equal((await call('DELETE', `${OURS}/runs/${run_id}/metrics/val/a%20b`)).status, 404)
  })

  test('the page shows the workspace’s own runs, and never as markup', async () => {
    await using db = await open()
    const { call } = await serve(db)
    assert.ok((await call('GET', '/')).text.includes('No run yet'))
    const run_id = await newRun(call, { run_name: '<script>alert(1)</script>' })
    await call('POST', 'runs/log-metric', { run_id, key: 'loss', value: 0.25, timestamp: 1 })
    const { status, text } = await call('GET', '/')
    assert.equal(status, 200)
    assert.ok(text.includes(run_id) && text.includes('loss <b>0.25</b>'))
    assert.ok(!text.includes('<script>'))
    for (const start_time of [-9007199254740991, 0, 9007199254740991]) {
      await newRun(call, { run_name: 'n'.repeat(100_000), start_time })
    }
    const long = await call('GET', '/')
    assert.equal(long.status, 200)
    assert.ok(long.text.length < 10_000, `${long.text.length} characters`)
    const elsewhere = await call('GET', '/workspaces/elsewhere/')
    assert.ok(elsewhere.text.includes('No run yet') && elsewhere.text.includes('/workspaces/elsewhere")'))
    assert.equal((await call('GET', '/workspaces/nowhere/')).status, 404)
  })
})

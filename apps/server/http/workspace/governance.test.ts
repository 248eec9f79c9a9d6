import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, type Headers, serveAccounts } from '../testing/serve-accounts.ts'

const V1 = '/api/orrery/v1'
const DAY = 86_400_000
type Bed = Awaited<ReturnType<typeof serveAccounts>>

const because = (reason: string): Headers => ({ ...basic('root'), 'x-orrery-reason': reason })

async function hold({ done }: Bed, subject: string, workspace = 'default'): Promise<string> {
  const input = { subject, title: 'Case 12', reason: 'The court asked.' }
  return (await done('POST', `/workspaces/${workspace}${V1}/legal-holds`, input)).hold.id
}

const lift = ({ done }: Bed, id: string) =>
  done('POST', `${V1}/legal-holds/${id}/lift`, { reason: 'The case is closed.' })

async function newRun({ done }: Bed, experiment = '0'): Promise<string> {
  return (await done('POST', 'runs/create', { experiment_id: experiment })).run.info.run_id
}

async function demand({ done }: Bed, change: string, demanded: string): Promise<void> {
  await done('PUT', `${V1}/policies/reasons/${change}`, { demand: demanded })
}

eachEngine('policies, holds and retention over HTTP', MIGRATIONS, (open) => {
  test('a reason is demanded of every way to delete, in both languages, and told with the deletion', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { call, done } = bed
    const runId = await newRun(bed)
    const experiment = (await done('POST', 'experiments/create', { name: 'old' })).experiment_id
    await done('POST', 'registered-models/create', { name: 'fraud' })
    await done('POST', 'model-versions/create', { name: 'fraud', source: 's3://b/1' })
    const { model } = await done('POST', 'logged-models', { experiment_id: '0', name: 'm' })
    await demand(bed, 'deletion', 'always')
    const ways: [string, string, object?][] = [
      ['POST', 'runs/delete', { run_id: runId }],
      ['POST', 'experiments/delete', { experiment_id: experiment }],
      ['DELETE', `logged-models/${model.info.model_id}`],
      ['DELETE', 'model-versions/delete', { name: 'fraud', version: '1' }],
      ['DELETE', 'registered-models/delete', { name: 'fraud' }],
    ]
    for (const [method, path, body] of ways) {
      const { status, text } = await call(method, path, basic('root'), body)
      assert.equal(status, 400, `${path}: ${text}`)
      assert.match(text, /needs a reason.*X-Orrery-Reason; docs\/audit\.md shows how MLflow's client does/)
    }
    await demand(bed, 'deletion', 'where-possible')
    await done('POST', 'runs/delete', { run_id: runId })
    const ours = await call('DELETE', `${V1}/runs/${runId}`, basic('root'))
    assert.equal(ours.status, 400, ours.text)
    assert.match(ours.text, /Give it in the header X-Orrery-Reason, or as 'reason'/)
    await demand(bed, 'deletion', 'always')
    for (const [method, path, body] of ways.slice(1)) {
      await done(method, path, body, because('It is not needed.'))
    }
    await bed.settle()
    const { events } = await done('GET', `${V1}/audit?types=model.deleted`, undefined)
    assert.deepEqual([events[0].subject, events[0].reason], ['models/fraud', 'It is not needed.'])
  })

  test('what is under hold is not removed by hand, by whatever way, and is when it is lifted', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { call, done } = bed
    const experiment = (await done('POST', 'experiments/create', { name: 'old' })).experiment_id
    const runId = await newRun(bed, experiment)
    await done('PUT', `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${runId}/artifacts/x.txt`, 'hello')
    await done('POST', 'registered-models/create', { name: 'fraud' })
    await done('POST', 'model-versions/create', { name: 'fraud', source: 's3://b/1' })
    await done('POST', 'registered-models/create', { name: 'made' })
    const source = `runs:/${runId}/x.txt`
    await done('POST', 'model-versions/create', { name: 'made', source, run_id: runId })
    await done('POST', 'runs/delete', { run_id: runId })
    await done('POST', 'experiments/delete', { experiment_id: experiment })
    const file = `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${runId}/artifacts/x.txt`
    const removals: [string, string, string, object][] = [
      [`runs/${runId}`, 'DELETE', file, {}],
      [`runs/${runId}`, 'DELETE', `${V1}/runs/${runId}`, {}],
      [`runs/${runId}`, 'DELETE', `${V1}/experiments/${experiment}`, {}],
      [`experiments/${experiment}`, 'DELETE', `${V1}/runs/${runId}`, {}],
      ['models/fraud', 'DELETE', 'model-versions/delete', { name: 'fraud', version: '1' }],
      ['models/fraud/versions/1', 'DELETE', 'registered-models/delete', { name: 'fraud' }],
      ['models/fraud', 'POST', 'registered-models/rename', { name: 'fraud', new_name: 'x' }],
      ['', 'DELETE', `${V1}/experiments/${experiment}`, {}],
      // What a version was made from has its files.
      ['models/made/versions/1', 'DELETE', file, {}],
      ['models/made', 'DELETE', `${V1}/runs/${runId}`, {}],
      ['models/made', 'DELETE', `${V1}/experiments/${experiment}`, {}],
    ]
    for (const [subject, method, path, body] of removals) {
      const id = await hold(bed, subject)
      const { status, text } = await call(method, path, basic('root'), body)
      assert.equal(status, 400, `${path}: ${text}`)
      assert.match(text, /INVALID_STATE.*legal hold/)
      assert.ok(text.includes(id), text)
      await lift(bed, id)
    }
    const held = await done('GET', `${V1}/legal-holds?lifted=true`)
    assert.equal(held.holds.length, removals.length)
    assert.deepEqual((await done('GET', `${V1}/legal-holds`)).holds, [])
    await done('DELETE', file)
    await done('DELETE', `${V1}/runs/${runId}`)
    await done('DELETE', 'registered-models/delete', { name: 'fraud' })
  })

  test('a file under hold is not replaced, by whatever way; a new one is taken', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { call, done } = bed
    const runId = await newRun(bed)
    const root = `0/${runId}/artifacts`
    const files = `/api/2.0/mlflow-artifacts/artifacts/${root}`
    await done('PUT', `${files}/x.txt`, 'hello')
    await done('POST', 'registered-models/create', { name: 'made' })
    const source = `runs:/${runId}/x.txt`
    await done('POST', 'model-versions/create', { name: 'made', source, run_id: runId })
    const { presigned_url } = await done('POST', 'artifacts/presigned-upload-url', {
      run_id: runId,
      path: 'x.txt',
    })
    const ways: [string, string, unknown][] = [
      ['PUT', `${files}/x.txt`, 'other'],
      ['PUT', presigned_url.slice(presigned_url.indexOf('/api/')), 'other'],
      ['POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=x.txt`, 'other'],
      ['POST', `/api/2.0/mlflow-artifacts/mpu/create/${root}`, { path: 'x.txt', num_parts: 1 }],
    ]
    for (const subject of [`runs/${runId}`, 'experiments/0', 'models/made/versions/1', '']) {
      const id = await hold(bed, subject)
      for (const [method, url, body] of ways) {
        const { status, text } = await call(method, url, basic('root'), body)
        assert.equal(status, 400, `${url}: ${text}`)
        assert.match(text, /INVALID_STATE.*x\.txt.*legal hold.*cannot be replaced/)
        assert.ok(text.includes(id), text)
      }
      assert.equal((await call('GET', `${files}/x.txt`, basic('root'))).text, 'hello')
      await done('PUT', `${files}/new-${id}.txt`, 'new')
      await lift(bed, id)
    }
    for (const [method, url, body] of ways) await done(method, url, body)
    assert.equal((await call('GET', `${files}/x.txt`, basic('root'))).text, 'other')
  })

  test('a workspace in which something is under hold is not deleted', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    await bed.makeWorkspace('vision')
    const id = await hold(bed, '', 'vision')
    const ways: [string, string, object?][] = [
      ['DELETE', `/workspaces/default${V1}/workspaces/vision?confirm=vision`],
      ['DELETE', '/api/3.0/mlflow/workspaces/vision'],
    ]
    for (const [method, path, body] of ways) {
      const { status, text } = await bed.call(method, path, basic('root'), body)
      assert.equal(status, 400, `${path}: ${text}`)
      assert.match(text, /In the workspace 'vision' a legal hold is in force/)
    }
    await bed.done('POST', `/workspaces/vision${V1}/legal-holds/${id}/lift`, { reason: 'It is over.' })
    await bed.done(...ways[0]!)
  })

  test('retention removes what a dry run counted, as the rules say', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { done, call } = bed
    const runs = [await newRun(bed), await newRun(bed), await newRun(bed)]
    await done('PUT', `/api/2.0/mlflow-artifacts/artifacts/0/${runs[0]}/artifacts/x.txt`, 'hello')
    for (const run_id of runs) await done('POST', 'runs/delete', { run_id })
    await hold(bed, `runs/${runs[1]}`)
    bed.time.now += 31 * DAY
    const rule = await done('PUT', `${V1}/policies/retention/deleted-runs`, { after_days: 30 })
    assert.deepEqual(rule, { rule: { what: 'deleted-runs', after_days: 30 } })
    const { counted } = await done('POST', `${V1}/policies/retention/dry-run`, {})
    assert.deepEqual(counted, [
      {
        what: 'deleted-runs',
        things: 2,
        bytes: 5,
        held: 1,
        examples: [`runs/${runs[0]}`, `runs/${runs[2]}`],
      },
    ])
    assert.deepEqual(await done('POST', `${V1}/policies/retention/run`, {}), { started: true })
    let told: Record<string, unknown>[] = []
    while (told.length === 0) {
      await bed.settle()
      told = (await done('GET', `${V1}/audit?types=retention.ran`)).events
    }
    assert.deepEqual(told[0]!.after, { removed: 2, bytes: 5, held: 1 })
    const statuses = []
    for (const run of runs) statuses.push((await call('GET', `runs/get?run_id=${run}`, basic('root'))).status)
    assert.deepEqual(statuses, [404, 200, 404])
    const { rules } = await done('GET', `${V1}/policies/retention`)
    assert.equal(rules[0].last_run_timestamp, bed.time.now)
    assert.equal((await call('DELETE', `${V1}/policies/retention/deleted-runs`, basic('root'))).status, 204)
  })

  test('no rule removes by night what a held version was made from', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { done } = bed
    const files = '/api/2.0/mlflow-artifacts/artifacts'
    const experiment = (await done('POST', 'experiments/create', { name: 'old' })).experiment_id
    const runs = [await newRun(bed, experiment), await newRun(bed)]
    const { model } = await done('POST', 'logged-models', { experiment_id: '0', name: 'm' })
    const model_id = model.info.model_id
    await done('PUT', `${files}/${experiment}/${runs[0]}/artifacts/x`, 'one')
    await done('PUT', `${files}/0/${runs[1]}/artifacts/x`, 'two')
    await done('PUT', `${files}/0/models/${model_id}/artifacts/MLmodel`, '{}')
    await done('POST', 'registered-models/create', { name: 'made' })
    for (const run_id of runs) {
      await done('POST', 'model-versions/create', { name: 'made', source: `runs:/${run_id}/x`, run_id })
    }
    await done('POST', 'model-versions/create', { name: 'made', source: `models:/${model_id}`, model_id })
    for (const run_id of runs) await done('POST', 'runs/delete', { run_id })
    await done('POST', 'experiments/delete', { experiment_id: experiment })
    await done('DELETE', `logged-models/${model_id}`)
    bed.time.now += 31 * DAY
    const counted = async () => {
      const counts: Record<string, number[]> = {}
      for (const what of ['runs', 'experiments', 'logged-models', 'artifacts']) {
        const asked = { what: `deleted-${what}`, after_days: 30 }
        const [{ things, held }] = (await done('POST', `${V1}/policies/retention/dry-run`, asked)).counted
        counts[what] = [things, held]
      }
      return counts
    }
    const id = await hold(bed, 'models/made')
    assert.deepEqual(await counted(), {
      ...{ runs: [0, 2], experiments: [0, 1], 'logged-models': [0, 1], artifacts: [0, 3] },
    })
    await lift(bed, id)
    await hold(bed, 'models/made/versions/3')
    assert.deepEqual(await counted(), {
      ...{ runs: [2, 0], experiments: [1, 0], 'logged-models': [0, 1], artifacts: [2, 1] },
    })
  })

  test('bad input is named, and nobody but an owner sets any of it', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    await bed.makeUser('bob')
    await bed.assign('default', 'contributor', 'bob')
    const rows: [string, string, object, RegExp][] = [
      ['PUT', 'policies/reasons/everything', { demand: 'always' }, /stage.*alias.*deletion.*traffic/],
      ['PUT', 'policies/reasons/stage', { demand: 'sometimes' }, /none.*where-possible.*always/],
      ['PUT', 'policies/retention/everything', { after_days: 3 }, /deleted-runs.*audit/],
      ['PUT', 'policies/retention/audit', { after_days: 0 }, /1 to 36,500/],
      ['POST', 'legal-holds', { subject: 'users/bob', title: 'x', reason: 'Why not.' }, /experiments\/<id>/],
      [
        'POST',
        'legal-holds',
        { subject: 'runs/none', title: 'x', reason: 'Why not.' },
        /There is no 'runs\/none'/,
      ],
      [
        'POST',
        'legal-holds',
        { subject: 'models/x/versions/0', title: 'x', reason: 'Why.' },
        /nothing is called/,
      ],
      ['POST', 'legal-holds', { subject: '', title: 'x' }, /needs a reason/],
      ['POST', 'legal-holds/none/lift', { reason: 'Why not.' }, /no legal hold 'none'/],
    ]
    for (const [method, path, body, says] of rows) {
      const { status, text } = await bed.call(method, `${V1}/${path}`, basic('root'), body)
      assert.ok(status === 400 || status === 404, `${path}: ${status} ${text}`)
      assert.match(text, says)
      assert.equal((await bed.call(method, `${V1}/${path}`, basic('bob'), body)).status, 403, path)
    }
  })
})

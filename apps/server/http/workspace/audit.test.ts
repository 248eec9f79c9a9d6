import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const V1 = '/api/orrery/v1'
type Bed = Awaited<ReturnType<typeof serveAccounts>>

const why = (name: string, reason?: string) => ({
  ...basic(name),
  ...(reason === undefined ? {} : { 'x-orrery-reason': reason }),
})

async function people(bed: Bed): Promise<void> {
  for (const [name, role] of [
    ['ada', 'owner'],
    ['bob', 'data-scientist'],
    ['eve', 'owner'],
  ] as const) {
    await bed.makeUser(name)
    await bed.assign('default', role, name)
  }
}

async function registered(bed: Bed): Promise<void> {
  const { done } = bed
  await done(
    'POST',
    'registered-models/create',
    { name: 'fraud' },
    why('bob', 'First try for the risk team.'),
  )
  const version = { name: 'fraud', source: 's3://models/fraud/1' }
  await done('POST', 'model-versions/create', version, why('bob', 'Trained on the data of May.'))
}

eachEngine('audit over HTTP', MIGRATIONS, (open) => {
  test('who, why and when of a version, from registration by approval to deletion, is one story', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { done, call } = bed
    await people(bed)
    await registered(bed)
    const policy = { models: 'fraud', kind: 'stage', value: 'Production' }
    await done('POST', `${V1}/policies/approvals`, policy, why('ada', 'Production is for two.'))
    const stage = { name: 'fraud', version: '1', stage: 'Production' }
    const alone = await call('POST', 'model-versions/transition-stage', why('bob', 'It is good.'), stage)
    assert.equal(alone.status, 403, alone.text)
    bed.time.now += 60_000
    const asked = { kind: 'stage', name: 'fraud', version: '1', value: 'Production' }
    const request = await done(
      'POST',
      `${V1}/approvals`,
      asked,
      why('bob', 'Better than what we have by 4 %.'),
    )
    bed.time.now += 60_000
    const id = request.request.id as string
    await done('POST', `${V1}/approvals/${id}/approve`, {}, why('ada', 'Looked at the report.'))
    bed.time.now += 60_000
    const policies = await done('GET', `${V1}/policies/approvals`)
    await done(
      'DELETE',
      `${V1}/policies/approvals/${policies.policies[0].id}`,
      {},
      why('ada', 'Not needed now.'),
    )
    await done(
      'DELETE',
      'model-versions/delete',
      { name: 'fraud', version: '1' },
      why('ada', 'Trained on wrong data.'),
    )
    await bed.settle()

    const { events } = await done('GET', `${V1}/stories/models/fraud/versions/1`, undefined, basic('bob'))
    const told = events.map((each: Record<string, unknown>) => [
      each.type,
      each.actor,
      each.reason,
      each.life,
    ])
    assert.deepEqual(told, [
      ['model.registered', 'user:bob', 'First try for the risk team.', 1],
      ['version.created', 'user:bob', 'Trained on the data of May.', 1],
      ['approval.requested', 'user:bob', 'Better than what we have by 4 %.', 1],
      ['approval.approved', 'user:ada', 'Looked at the report.', 1],
      ['stage.changed', 'user:ada', 'Better than what we have by 4 %.', 1],
      ['version.deleted', 'user:ada', 'Trained on wrong data.', 1],
    ])
    const changed = events[4]
    assert.deepEqual([changed.before.stage, changed.after.stage], ['None', 'Production'])
    assert.deepEqual(changed.approval, { request: id, requested_by: 'user:bob', approved_by: 'user:ada' })
    const times = events.map((each: { time: string }) => Date.parse(each.time))
    assert.deepEqual(times, times.toSorted())
    assert.ok(times.at(-1) - times[0] >= 180_000)
    assert.match(changed.sentence, /ada moved version 1 of .*fraud.* from None to Production/)
    assert.equal(events[0].address, '', 'from where is for readers of the audit log')
  })

  test('the log is searched by subject, person, type, request and time, by readers of it only', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { done, call } = bed
    await people(bed)
    await registered(bed)
    await bed.settle()
    const search = async (query: string, name = 'eve') =>
      (await done('GET', `${V1}/audit?${query}`, undefined, basic(name))).events as Record<string, unknown>[]
    const types = async (query: string) => (await search(query)).map(({ type }) => type)
    assert.deepEqual(await types('subject=models/fraud'), ['model.registered'])
    assert.deepEqual(await types('subject=models/&limit=1'), ['version.created'])
    assert.deepEqual(await types('actor=user:bob'), ['version.created', 'model.registered'])
    assert.deepEqual(await types('types=model.*&types=version.created'), [
      'version.created',
      'model.registered',
    ])
    const [event] = await search('actor=user:bob&types=model.registered')
    assert.deepEqual(
      [event!.subject, event!.reason, event!.credential],
      ['models/fraud', 'First try for the risk team.', 'password'],
    )
    assert.deepEqual(await types(`request_id=${event!.request_id}`), ['model.registered'])
    assert.deepEqual(await types('until=1'), [])
    const page = await done('GET', `${V1}/audit?actor=user:bob&limit=1`, undefined, basic('eve'))
    const next = await search(`actor=user:bob&limit=1&page_token=${page.next_page_token}`)
    assert.deepEqual(
      next.map(({ type }) => type),
      ['model.registered'],
    )
    for (const query of [
      'types=run.frobnicated',
      'limit=0',
      'limit=1001',
      'since=5&until=4',
      'page_token=x',
    ]) {
      const { status, text } = await call('GET', `${V1}/audit?${query}`, basic('eve'))
      assert.equal(status, 400, `${query}: ${text}`)
    }
    const other = `${V1}/audit?actor=user:alice&page_token=${page.next_page_token}`
    assert.equal((await call('GET', other, basic('eve'))).status, 400)
    for (const path of ['audit', 'audit/export', 'audit/head']) {
      assert.equal((await call('GET', `${V1}/${path}`, basic('bob'))).status, 403, path)
    }
    assert.equal((await call('POST', `${V1}/audit/verify`, basic('bob'))).status, 403)
  })

  test('an export is whole, names the head, is told, and is anchored outside the database', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    const { done, call } = bed
    await people(bed)
    await registered(bed)
    const jsonl = await call('GET', `${V1}/audit/export`, basic('eve'))
    assert.equal(jsonl.status, 200)
    const lines = jsonl.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const end = lines.pop()
    assert.deepEqual(
      lines.map(({ number }) => number),
      Array.from(lines, (_, at) => at + 1),
    )
    assert.deepEqual([end.rows, end.head.number, end.workspace], [lines.length, lines.length, 'default'])
    assert.equal(end.head.hash, lines.at(-1).hash)
    await bed.settle()
    const [told] = (await done('GET', `${V1}/audit?types=audit.exported`, undefined, basic('eve'))).events
    assert.deepEqual(
      [told.actor, told.after.rows, told.after.complete, told.after.format],
      ['user:eve', lines.length, true, 'jsonl'],
    )
    const { last_anchor: anchor } = await done('GET', `${V1}/audit/head`, undefined, basic('eve'))
    assert.deepEqual([anchor.number, anchor.hash, anchor.is_kept], [end.head.number, end.head.hash, true])
    assert.equal(anchor.file, `anchors/${end.anchor}`)
    const csv = await call('GET', `${V1}/audit/export?format=csv&actor=user:bob`, basic('eve'))
    const rows = csv.text.split('\r\n')
    assert.match(rows[0]!, /^position,number,time,actor,/)
    assert.equal(rows.length, 5, csv.text)
    assert.match(rows[3]!, /\(head\)/)
    assert.equal((await call('GET', `${V1}/audit/export?format=xml`, basic('eve'))).status, 400)
  })

  test('verification says that all is well, and takes an anchor that was kept', async () => {
    await using db = await open()
    await using bed = await serveAccounts(db)
    await people(bed)
    await registered(bed)
    await bed.call('GET', `${V1}/audit/export`, basic('eve'))
    const folder = join(bed.home, 'anchors')
    const [file] = await readdir(folder)
    const anchor = await readFile(join(folder, file!), 'utf8')
    const found = await bed.done('POST', `${V1}/audit/verify`, { anchor }, basic('eve'))
    assert.deepEqual([found.faults, found.next_position], [[], undefined])
    assert.equal(found.verified, found.head.number)
    assert.equal((await bed.call('POST', `${V1}/audit/verify`, basic('eve'), { anchor: 'x' })).status, 400)
  })
})

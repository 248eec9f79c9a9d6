import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { CHAINED, type Event, eventsMigrations, firstHash, nextHash } from '../../events/index.ts'
import { someone } from '../../events/testing/open-log.ts'
import { makeAnchors } from '../anchors/write-anchor.ts'
import { governanceMigrations } from '../index.ts'
import { openGovernance } from '../testing/open-governance.ts'
import { makeAudit } from './make-audit.ts'

const MODULES = [eventsMigrations, governanceMigrations]
const alice = someone(1)
const elsewhere = someone(2)
const NEVER = new AbortController().signal

type Bed = Awaited<ReturnType<typeof openGovernance>>
const run = (id: string, name = ''): Event => ({
  ...{ type: 'run.created', subject: `runs/${id}`, on: 7, after: { experimentId: '12', name } },
})

async function exported(bed: Bed, format: 'jsonl' | 'csv', more = {}): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of bed.audit.export(alice, { format, signal: NEVER, ...more })) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** RFC 4180, by the book. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  const line = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  const row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(line)) {
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === '\r\n') rows.push(row.splice(0))
  }
  assert.equal(line.lastIndex === 0 || rows.length > 0, true)
  return rows
}

eachEngine('export of the log', MODULES, (open) => {
  test('is oldest first, of one workspace, and can be checked by itself', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    for (let n = 0; n < 1_050; n++) await db.inTx((tx) => bed.emit(tx, alice, run(`${n}`)))
    await bed.tell(elsewhere, run('other'))
    const lines = (await exported(bed, 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const end = lines.pop()
    assert.equal(lines.length, 1_050)
    let hash = firstHash(1)
    for (const line of lines) {
      const json = (name: string) => (line[name] === undefined ? null : JSON.stringify(line[name]))
      const row = { ...line, event_id: line.id, at: Date.parse(line.time), also: json('also') }
      const chained = { ...row, before: json('before'), after: json('after') }
      hash = nextHash(hash, Object.fromEntries(CHAINED.map((name) => [name, chained[name] ?? null])) as never)
      assert.equal(hash, line.hash, `number ${line.number}`)
    }
    assert.deepEqual([end.rows, end.head.hash, end.workspace], [1_050, hash, 'default'])
    const [file] = await readdir(bed.folder)
    assert.equal(file, end.anchor)
    const anchor = JSON.parse(await readFile(join(bed.folder, file!), 'utf8'))
    assert.equal(anchor.heads[0].hash, hash)
  })

  test('in a spreadsheet nothing of it is a formula, and no cell breaks its line', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const evil = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      'a,b',
      'say "hi"',
      'plain',
      '＝1+1',
      '=HYPERLINK("http://x","y")',
    ]
    for (const reason of evil) await bed.tell(someone(1, { reason }), run('a', '=1\n\u0007\u202e"'))
    const [head, ...rows] = parseCsv(await exported(bed, 'csv'))
    const end = rows.pop()!
    const at = (name: string) => head!.indexOf(name)
    assert.deepEqual(
      rows.map((row) => row[at('reason')]),
      [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        'a,b',
        'say "hi"',
        'plain',
        "'＝1+1",
        '\'=HYPERLINK("http://x","y")',
      ],
    )
    for (const row of rows) assert.equal(row.length, head!.length)
    assert.equal(end[at('type')], '(head)')
    assert.equal(Number(end[at('number')]), evil.length)
    const text = await exported(bed, 'csv')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    assert.doesNotMatch(await exported(bed, 'jsonl'), /\u202e/)
  })

  test('nor where a spreadsheet parts the lines at other marks', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const evil = ['a;=1+1', ';-1', 'a; "=1+1', `|'@SUM(A1)`, 'a;\t+1', 'a;＝1', ' =1', 'a;b|c; "d"']
    for (const reason of evil) {
      await bed.tell(someone(1, { reason }), { ...run('a', 'x;=1'), after: { note: '1;=2;"=3' } })
    }
    const text = await exported(bed, 'csv')
    for (const mark of [';', '|', '\t']) {
      const cells = text.split('\r\n').flatMap((line) => line.split(mark))
      for (const cell of cells) assert.doesNotMatch(cell, /^[\s"]*[=+\-@＝＋－＠]/)
    }
    const [head, ...rows] = parseCsv(text)
    assert.deepEqual(
      rows.slice(0, -1).map((row) => row[head!.indexOf('reason')]),
      ["a;'=1+1", ";'-1", `a;' "=1+1`, `|''@SUM(A1)`, "a;'\\u0009+1", "a;'＝1", "' =1", 'a;b|c; "d"'],
    )
  })

  test('narrows as a search does', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.tell(alice, run('a'), run('b'), { type: 'token.created', subject: 'tokens/1' })
    const subjects = async (more: object) =>
      (await exported(bed, 'jsonl', more))
        .trimEnd()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).subject)
    assert.deepEqual(await subjects({ subject: 'runs/' }), ['runs/a', 'runs/b'])
    assert.deepEqual(await subjects({ types: ['token.*'] }), ['tokens/1'])
    assert.deepEqual(await subjects({ until: 1 }), [])
  })

  test('is told when it is over, also when it was broken off', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    for (let n = 0; n < 1_500; n++) await db.inTx((tx) => bed.emit(tx, alice, run(`${n}`)))
    for await (const _ of bed.audit.export(alice, { format: 'jsonl', signal: NEVER, subject: 'runs/' })) break
    const leaving = new AbortController()
    const reading = async () => {
      for await (const _ of bed.audit.export(alice, { format: 'csv', signal: leaving.signal }))
        leaving.abort()
    }
    await assert.rejects(reading(), { name: 'AbortError' })
    const told = (await bed.events()).filter(({ type }) => type === 'audit.exported')
    assert.deepEqual(
      told.map(({ after }) => [after!.format, after!.complete, after!.filter]),
      [
        ['jsonl', false, { subject: 'runs/' }],
        ['csv', false, null],
      ],
    )
  })

  test('is refused at once, before anything is written', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const nobody = someone(1, { may: (permission) => permission !== 'audit.read' })
    const ask = (caller = alice, more = {}) =>
      bed.audit.export(caller, { format: 'csv', signal: NEVER, ...more })
    assert.throws(() => ask(nobody), { code: 'PERMISSION_DENIED' })
    assert.throws(() => ask(alice, { types: ['x'] }), { code: 'INVALID_PARAMETER_VALUE' })
    assert.deepEqual(await readdir(bed.folder), [])
  })
})

eachEngine('anchors', MODULES, (open) => {
  test('name the file before them, and are told in each workspace in which something happened since', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    assert.equal(await bed.anchors.writeIfDue(), undefined, 'there are no events')
    await bed.tell(alice, run('a'))
    await bed.tell(elsewhere, run('a'))
    await bed.tell(someone(3), run('of a workspace that is gone'))
    const first = (await bed.anchors.writeIfDue())!
    assert.equal(await bed.anchors.writeIfDue(), undefined, 'it is a day later at the earliest')
    bed.later(86_400_000)
    await bed.tell(alice, run('b'))
    const second = (await bed.anchors.writeIfDue())!
    assert.deepEqual([first.anchor.previous, second.anchor.previous], [null, first.digest])
    assert.deepEqual(
      first.anchor.heads.map(({ workspace, number, position }) => [workspace, number, position]),
      [
        ['default', 1, 1],
        ['workspace-2', 1, 2],
        ['', 1, 3],
      ],
    )
    const told = (await bed.events()).filter(({ type }) => type === 'audit.anchored')
    assert.deepEqual(
      told.map(({ workspaceKey, actor, after }) => [workspaceKey, actor, after!.file, after!.number]),
      [
        [1, 'system:server', `anchors/${first.file}`, 1],
        [2, 'system:server', `anchors/${first.file}`, 1],
        [1, 'system:server', `anchors/${second.file}`, 3],
      ],
    )
  })

  test('what a head names is durable when it is shown or written, and all of it is exported', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.tell(alice, run('a'))
    let durable = 0
    const log = Object.create(bed.log, { durable: { get: () => durable } })
    const settle = async () => {
      await bed.settle()
      durable = bed.log.durable
    }
    /** Somebody is always quicker. */
    const scan: typeof db.scan = async (question, options) => {
      await db.inTx((tx) => bed.emit(tx, alice, run('late')))
      await bed.settle()
      return db.scan(question, options)
    }
    const late = Object.create(db, { scan: { value: scan }, inTx: { value: db.inTx.bind(db) } })
    const anchors = makeAnchors({ ...bed.deps, db: late, settle })
    const audit = makeAudit({ ...bed.deps, log, settle, anchors })
    const pieces: Uint8Array[] = []
    for await (const piece of audit.export(alice, { format: 'jsonl', signal: NEVER })) pieces.push(piece)
    const lines = Buffer.concat(pieces).toString().trimEnd().split('\n')
    const { rows, head } = JSON.parse(lines.at(-1)!)
    assert.deepEqual([rows, head.number, JSON.parse(lines.at(-2)!).hash], [2, 2, head.hash])
    const shown = await makeAudit({ ...bed.deps, db: late, log, settle, anchors }).head(alice)
    assert.ok(durable >= shown.head.position, `${shown.head.position} is shown, ${durable} is durable`)
  })

  test('two at once write one after the other', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.tell(alice, run('a'))
    const [one, two] = await Promise.all([bed.anchors.write(), bed.anchors.write()])
    assert.equal(two!.anchor.previous, one!.digest)
    assert.equal((await readdir(bed.folder)).length, 2)
  })
})

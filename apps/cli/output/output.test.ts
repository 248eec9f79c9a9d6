import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeJson } from './json.ts'
import { printable, printableJson, printableLine } from './printable.ts'
import { applyQuery } from './query.ts'
import { localTime, writeTable } from './table.ts'
import { writeTsv } from './tsv.ts'
import { cut, widthOf } from './width.ts'
import type { Shape } from './writer.ts'
import { writeYaml } from './yaml.ts'

const PIPED: Shape = { columns: undefined, width: undefined, isTerminal: false }
const TERMINAL: Shape = { columns: undefined, width: 40, isTerminal: true }
const RUNS = [
  { info: { id: 'a1', size: 2048, at: 0, name: 'first' }, loss: 0.123456789 },
  { info: { id: 'b2', size: 5, name: '日本' }, loss: 12 },
]
const COLUMNS = [
  { title: 'Id', path: 'info.id' },
  { title: 'Name', path: 'info.name' },
  { title: 'Loss', path: 'loss' },
  { title: 'Size', path: 'info.size', as: 'bytes' },
] as const

test('a table lines up, with numbers on the right, and wide letters count twice', () => {
  assert.equal(
    writeTable(RUNS, { ...PIPED, columns: COLUMNS }),
    ['Id  Name       Loss     Size', 'a1  first  0.123457  2.0 KiB', 'b2  日本         12      5 B', ''].join(
      '\n',
    ),
  )
})

test('a table is cut to the terminal and never when piped', () => {
  const long = [{ name: 'x'.repeat(100), id: 'short' }]
  const lines = writeTable(long, TERMINAL).trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => widthOf(line) <= 40),
    [true, true],
  )
  assert.match(lines[1]!, /x… {2}short$/)
  assert.match(writeTable(long, PIPED), /x{100}/)
})

test('one thing is a line for each field, with times of the own clock, and other lists as JSON', () => {
  const text = writeTable({ name: 'a', creation_timestamp: 0, parts: [{ id: 'k' }], list: ['x', 'y'] }, PIPED)
  assert.equal(
    text,
    `name                a\ncreation_timestamp  ${localTime(0)}\nparts               [{"id":"k"}]\nlist                x, y\n`,
  )
})

test('fields within fields have their path and pairs their key, and a metric called time is no time', () => {
  const metrics = [
    { key: 'loss', value: 0.123456789, step: 3 },
    { key: 'time', value: 12 },
  ]
  const run = {
    info: { run_id: 'r1', start_time: 0, artifact_uri: null },
    data: { metrics, tags: [{ key: 'a\u001b', value: 'b\nc' }] },
    inputs: {},
  }
  assert.equal(
    writeTable(run, PIPED),
    [
      'info.run_id        r1',
      `info.start_time    ${localTime(0)}`,
      'info.artifact_uri',
      'data.metrics.loss  0.123457',
      'data.metrics.time  12',
      'data.tags.a\\x1b    b\\nc',
      '',
    ].join('\n'),
  )
  assert.equal(writeTable({}, PIPED), '')
  assert.match(writeTsv(run, PIPED), /^info\t\{"run_id":"r1"/)
})

test('times of events, which are text, are shown by the own clock too', () => {
  const columns = [{ title: 'Time', path: 'time', as: 'time' }] as const
  const rows = [{ time: '1970-01-01T00:00:00.000Z' }, { time: 'soon' }, {}]
  assert.equal(writeTable(rows, { ...PIPED, columns }), `Time\n${localTime(0)}\nsoon\n\n`)
  assert.equal(writeTsv(rows, { ...PIPED, columns }).split('\n')[0], '1970-01-01T00:00:00.000Z')
})

test('an empty list, nothing and a bare word', () => {
  assert.equal(writeTable([], { ...PIPED, columns: COLUMNS }), '')
  assert.equal(writeTable(undefined, PIPED), '')
  assert.equal(writeTable('FINISHED', PIPED), 'FINISHED\n')
  assert.equal(writeTsv('FINISHED', PIPED), 'FINISHED\n')
  assert.equal(writeTsv(0.5, PIPED), '0.5\n')
  assert.equal(writeTsv(null, PIPED), '')
  assert.equal(writeJson(undefined, PIPED), '')
  assert.equal(writeYaml(undefined, PIPED), '')
})

test('TSV has no head, and what would break its lines is escaped', () => {
  assert.equal(writeTsv([{ a: 'x\ty\nz\\', b: null, c: [1, 2] }], PIPED), 'x\\ty\\nz\\\\\t\t1, 2\n')
  assert.equal(writeTsv(['r1', 'r2'], PIPED), 'r1\nr2\n')
  assert.equal(writeTsv([['r1', 3]], PIPED), 'r1\t3\n')
  assert.equal(writeTsv(RUNS, { ...PIPED, columns: COLUMNS }).split('\n')[0], 'a1\tfirst\t0.123456789\t2048')
})

test('rows of different fields have a column for each of them', () => {
  assert.equal(writeTsv([{ a: 1 }, { b: 2 }], PIPED), '1\t\n\t2\n')
})

test('JSON and YAML give the whole, with NaN as the text that it is on the wire', () => {
  assert.deepEqual(JSON.parse(writeJson({ a: Number.NaN, b: [1] }, PIPED)), { a: 'NaN', b: [1] })
  assert.equal(
    writeYaml({ a: 1, b: ['x: y', 'yes', '3'] }, PIPED),
    'a: 1\nb:\n  - "x: y"\n  - yes\n  - "3"\n',
  )
})

test('a terminal gets no letter that it would obey', () => {
  const evil = '\u001b[2J\u009b1m\u202egnp.exe\r'
  for (const write of [writeTable, writeTsv, writeJson, writeYaml]) {
    for (const value of [{ name: evil }, [{ name: evil }], evil]) {
      const text = write(value, { ...TERMINAL, width: undefined })
      for (const letter of ['\u001b', '\u009b', '\u202e', '\r']) assert.ok(!text.includes(letter), write.name)
    }
  }
  assert.equal(JSON.parse(writeJson(evil, TERMINAL)), evil, 'what is shown is still the same JSON')
  assert.equal(JSON.parse(writeJson({ [evil]: 1 }, PIPED))[evil], 1)
  assert.equal(printable('a\tb\nc\u001b'), 'a\tb\nc\\x1b')
  assert.equal(printableLine('a\tb\nc'), 'a\\tb\\nc')
  assert.equal(printableJson('\u009b'), '\\u009b')
})

test('a text is cut by what it takes on the screen', () => {
  assert.equal(cut('日本語', 5), '日本…')
  assert.equal(cut('日本語', 6), '日本語')
  assert.equal(cut('abc', 2), 'a…')
  assert.equal(widthOf('e\u0301👩🏽'), 1 + 2 + 2)
})

test('a query picks, and what is no JMESPath is refused with its text', async () => {
  assert.deepEqual(await applyQuery(RUNS, '[].info.id'), ['a1', 'b2'])
  assert.equal(await applyQuery(RUNS, '[?loss > `1`] | [0].info.name'), '日本')
  assert.equal(await applyQuery(RUNS, '[0].nothing'), null)
  await assert.rejects(applyQuery(RUNS, '[?'), { exit: 'USAGE', message: /--query '\[\?' cannot be used/ })
  await assert.rejects(applyQuery(RUNS, 'nofunction(@)'), { exit: 'USAGE' })
})

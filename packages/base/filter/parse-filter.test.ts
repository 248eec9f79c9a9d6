import assert from 'node:assert/strict'
import test from 'node:test'
import { Problem } from '@orrery/base/kernel'
import fc from 'fast-check'
import {
  type Clause,
  EXPERIMENTS,
  LOGGED_MODELS,
  parseFilter,
  printFilter,
  RUNS,
  type Vocabulary,
} from './index.ts'

const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

type Row = [says: string, filter: string, vocabulary: Vocabulary, clauses: Omit<Clause, 'at'>[]]
const metric = (name: string, op: string, value: number) => ({ entity: 'metric', name, op, value }) as Clause
const param = (name: string, op: string, value: string) => ({ entity: 'param', name, op, value }) as Clause
const tag = (name: string, op: string, value: string) => ({ entity: 'tag', name, op, value }) as Clause
const attribute = (name: string, op: string, value: string | number) =>
  ({ entity: 'attribute', name, op, value }) as Clause

const reads: Row[] = [
  ['an empty filter finds all', '', RUNS, []],
  ['metrics compare with numbers', 'metrics.acc >= -.5', RUNS, [metric('acc', '>=', -0.5)]],
  ['exponents need no sign', 'metrics.a>1e-5', RUNS, [metric('a', '>', 1e-5)]],
  [
    'clauses are joined by AND in any case',
    'metrics.a < 1 and params.b=\'x\'AND tags.c != "y"',
    RUNS,
    [metric('a', '<', 1), param('b', '=', 'x'), tag('c', '!=', 'y')],
  ],
  ['AND may stand at either end', 'AND metrics.a < 1 AND', RUNS, [metric('a', '<', 1)]],
  ['AND may be left out', 'metrics.a < 1 metrics.b < 2', RUNS, [metric('a', '<', 1), metric('b', '<', 2)]],
  ['a name may hold dots', "tags.mlflow.source.name = 'x'", RUNS, [tag('mlflow.source.name', '=', 'x')]],
  ['a name may hold double colons', 'metrics.a::b = 1', RUNS, [metric('a::b', '=', 1)]],
  ['backticks quote a name', 'metrics.`val loss` = 1', RUNS, [metric('val loss', '=', 1)]],
  ['double quotes quote a name', 'metrics."val/loss" = 1', RUNS, [metric('val/loss', '=', 1)]],
  ['single quotes quote a name', "metrics.'val-loss' = 1", RUNS, [metric('val-loss', '=', 1)]],
  ['backticks may quote the kind', '`metrics`.a = 1', RUNS, [metric('a', '=', 1)]],
  ['reserved words are names behind a dot', "tags.in = 'x'", RUNS, [tag('in', '=', 'x')]],
  ['a name may begin with a digit', 'metrics.5fold = 1', RUNS, [metric('5fold', '=', 1)]],
  ['a name may hold - and /', 'metrics.val/a-b>-1', RUNS, [metric('val/a-b', '>', -1)]],
  ['a quote ends a name', "tags.'a'LIKE'b'", RUNS, [tag('a', 'LIKE', 'b')]],
  ['names are any letters', 'metrics.中é > 1', RUNS, [metric('中é', '>', 1)]],
  ['a doubled quote stays as written', "params.a = 'it''s'", RUNS, [param('a', '=', "it''s")]],
  ['a backslash keeps the quote', "params.a = 'it\\'s'", RUNS, [param('a', '=', "it\\'s")]],
  ['the other quotes need nothing', 'params.a = "it\'s"', RUNS, [param('a', '=', "it's")]],
  [
    'a text may end with a backslash',
    "params.a = 'x\\' AND metrics.b > 1",
    RUNS,
    [param('a', '=', 'x\\'), metric('b', '>', 1)],
  ],
  ['operators are words in any case', "params.a iLike 'X%'", RUNS, [param('a', 'ILIKE', 'X%')]],
  ['a bare name is an attribute', "status = 'FINISHED'", RUNS, [attribute('status', '=', 'FINISHED')]],
  ['run. is an attribute too', 'run.created > 5', RUNS, [attribute('start_time', '>', 5)]],
  ['names have aliases', "attr.`Run name` = 'x'", RUNS, [attribute('run_name', '=', 'x')]],
  ['times compare with fractions', 'end_time < 1.5', RUNS, [attribute('end_time', '<', 1.5)]],
  [
    'absence can be asked for',
    'tags.a IS NULL AND params.b is  not\tnull',
    RUNS,
    [
      { entity: 'tag', name: 'a', op: 'IS NULL' } as Clause,
      { entity: 'param', name: 'b', op: 'IS NOT NULL' } as Clause,
    ],
  ],
  [
    'lists of ids',
    'run_id NOT IN (\'a\', "b\\\\c",)',
    RUNS,
    [{ entity: 'attribute', name: 'run_id', op: 'NOT IN', values: ['a', 'b\\c'] } as unknown as Clause],
  ],
  [
    'datasets have three fields',
    "datasets.name in('a')",
    RUNS,
    [{ entity: 'dataset', name: 'name', op: 'IN', values: ['a'] } as unknown as Clause],
  ],
  ['experiments know attributes', 'creation_time = 5', EXPERIMENTS, [attribute('creation_time', '=', 5)]],
  ['models take text without quotes', 'params.lr = 0.01', LOGGED_MODELS, [param('lr', '=', '0.01')]],
  [
    'models have lists of params',
    "params.a IN ('x', 2)",
    LOGGED_MODELS,
    [{ entity: 'param', name: 'a', op: 'IN', values: ['x', '2'] } as unknown as Clause],
  ],
]

for (const [says, filter, vocabulary, clauses] of reads) {
  test(`${says}: ${filter}`, () => {
    const read = parseFilter(filter, vocabulary).map(({ at: _, ...clause }) => clause)
    assert.deepEqual(read, clauses)
  })
}

const refuses: [filter: string, vocabulary: Vocabulary, message: RegExp][] = [
  ['   ', RUNS, /white space/],
  ["'; DROP TABLE runs;--", RUNS, /position 1: expected metrics\.<name>/],
  ["params.a = 'x' OR '1'='1'", RUNS, /position 16: 'OR' is not part of the language/],
  ['(metrics.a > 1)', RUNS, /brackets/],
  ["tags.a = 'x", RUNS, /never closed/],
  ['tags.a = ‘x’', RUNS, /compared with text/],
  ["metrics.a > 'text'", RUNS, /compared with a number, found ''text''/],
  ['params.a > 5', RUNS, /compared with text, found '5'/],
  ['attributes.nope = 1', RUNS, /'nope' is not an attribute of runs/],
  ['run.status = 1', RUNS, /compared with text/],
  ['metrics.a > 1e309', RUNS, /too large/],
  ['metrics.a > 0x10', RUNS, /number/],
  ['metrics.a > --1', RUNS, /number/],
  ['metrics.a == 1', RUNS, /position 11: expected a comparison/],
  ["metrics.a LIKE 'x'", RUNS, /'LIKE' cannot be asked of 'a' \(metric\)/],
  ["params.a NOT LIKE 'x'", RUNS, /expected a comparison/],
  ["params.a IN ('x')", RUNS, /'IN' cannot be asked/],
  ['run_id IN ()', RUNS, /needs a list/],
  ["run_id IN ('a' 'b')", RUNS, /needs a list/],
  ["run_id IN ('a', 1)", RUNS, /needs a list/],
  ['start_time IS NULL', RUNS, /cannot be asked/],
  ['metrics.val@loss > 1', RUNS, /'@loss' cannot follow 'val'/],
  ['metrics.val- > 1', RUNS, /cannot end with '-'/],
  ['Metrics.a > 1', RUNS, /'Metrics' is not a kind/],
  ['metrics. a > 1', RUNS, /name is missing/],
  ["tags.`` = 'x'", RUNS, /empty/],
  ['metrics.a > 1 ;', RUNS, /found ';'/],
  ['metrics.a > 1 -- why', RUNS, /found '--'/],
  ["tags.a = 'x\0'", RUNS, /NUL/],
  ['__proto__ = 1', RUNS, /not an attribute/],
  ["__proto__.a = 'x'", RUNS, /not a kind/],
  ['metrics.a > 1', EXPERIMENTS, /not a kind/],
  ['creation_time > 1.5', EXPERIMENTS, /whole number/],
  ['tags.a IS NULL', LOGGED_MODELS, /cannot be asked/],
]

for (const [filter, vocabulary, message] of refuses) {
  test(`refuses ${JSON.stringify(filter)} for ${vocabulary.of}`, () => {
    assert.throws(
      () => parseFilter(filter, vocabulary),
      (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE' && message.test(e.message),
    )
  })
}

test('whatever it is given, it answers with clauses or with INVALID_PARAMETER_VALUE', () => {
  const piece = fc.constantFrom(
    ...['metrics.', 'params', '.', 'a', '`', '"', "'", "''", '\\', '=', '>', ' ', 'AND', 'IS', 'NOT', 'NULL'],
    ...['IN', '(', ')', ',', '1', '-', 'e', 'LIKE', 'run_id', 'é', '😀', '%', ';', '\ud800'],
  )
  const vocabularies = fc.constantFrom(RUNS, EXPERIMENTS, LOGGED_MODELS)
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), vocabularies, (pieces, vocabulary) => {
      try {
        parseFilter(pieces.join(''), vocabulary)
      } catch (e) {
        assert.ok(e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE', String(e))
      }
    }),
    { numRuns: 3_000, seed },
  )
})

test('what it prints, it reads again', () => {
  const name = fc.string({ minLength: 1 }).filter((s) => !/[`\0]/.test(s))
  const text = fc.string().filter((s) => !/\0|\\$|'.*"|".*'/.test(s))
  const clause = fc.oneof(
    fc
      .record({ name, value: fc.double({ noNaN: true, noDefaultInfinity: true }) })
      .map((m) => metric(m.name, '>', m.value)),
    fc.record({ name, value: text }).map((p) => param(p.name, 'LIKE', p.value)),
    fc
      .array(
        fc.string().filter((s) => !s.includes('\0')),
        { minLength: 1 },
      )
      .map((values) => ({ entity: 'attribute', name: 'run_id', op: 'IN', values }) as unknown as Clause),
  )
  fc.assert(
    fc.property(fc.array(clause, { maxLength: 5 }), (clauses) => {
      const read = parseFilter(printFilter(clauses), RUNS).map(({ at: _, ...rest }) => rest)
      const zero = (c: object) => JSON.parse(JSON.stringify(c)) // -0 prints as 0
      assert.deepEqual(read.map(zero), clauses.map(zero))
    }),
    { seed },
  )
})

const hostile: [says: string, text: string][] = [
  ['quotes that never close', `params.a = ${"'\\".repeat(40_000)}`],
  ['doubled quotes', `params.a = '${"''".repeat(49_000)}`],
  ['a long name', `metrics.${'a.'.repeat(45_000)}`],
  ['many ANDs', 'AND '.repeat(24_000)],
  ['many spaces', `metrics.a${' '.repeat(90_000)}`],
  ['many brackets', '('.repeat(90_000)],
  ['many digits', `metrics.a > ${'1'.repeat(90_000)}x`],
  ['a long list', `run_id IN (${"'a',".repeat(24_000)})`],
]

for (const [says, text] of hostile) {
  test(`100,000 characters of ${says} take milliseconds`, () => {
    const start = process.cpuUsage()
    try {
      parseFilter(text, RUNS)
    } catch (e) {
      assert.ok(e instanceof Problem, String(e))
      assert.ok(e.message.length < 1_000)
    }
    // Something that grows with the square takes minutes.
    assert.ok(process.cpuUsage(start).user < 2_500_000)
  })
}

test('500 clauses are read, 501 are refused', () => {
  const clauses = (n: number) => Array(n).fill("params.a != 'x'").join(' AND ')
  assert.equal(parseFilter(clauses(500), RUNS).length, 500)
  assert.throws(() => parseFilter(clauses(501), RUNS), /more than 500/)
})

test('a text that cannot be written is refused, not written wrongly', () => {
  for (const text of [`it's 5"`, 'C:\\']) assert.throws(() => printFilter([param('a', '=', text)]), Problem)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Clause,
  isNullTest,
  isNumberTest,
  type NumberTest,
  printFilter,
  type TextTest,
} from '@orrery/base/filter'
import { eachEngine } from '@orrery/drivers/db/testing'
import fc from 'fast-check'
import type { SearchInput } from '../registry.ts'
import { type KeptModel, type KeptVersion, keepModels } from '../testing/keep-models.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeRegistrySearch } from './make-registry-search.ts'

/*
 * Both engines agree because both agree with this: a registry as a list, every question answered by looking at each
 * of its rows. Texts are such as engines like to disagree on: case, LIKE's own characters, UTF-16 against UTF-8 order,
 * values that differ behind what the index holds.
 */

const NAMES = ['a', 'A', 'a_b', 'axb', 'a%b', 'ä', 'Ä', 'b', '\u{ff5e}', '😀', 'model 10', 'model 2']
const LONG = 'x'.repeat(100)
const TEXTS = [
  '',
  'a',
  'A',
  'a_',
  '%',
  'naïve',
  '\u{ff5e}',
  '😀',
  LONG,
  `${LONG}1`,
  `${LONG}2`,
  '😀'.repeat(101),
]
const TAGS = ['team', 'a.b', 'Team', 'x y']
const RUNS = ['', 'r1', 'r2', 'R1']
const TIMES = [1, 2, 3, 1_700_000_000_000]
const PATTERNS = ['%', 'a%', '%b', 'A_b', '_', '%\u{ff5e}%', '', 'x%1', '%😀', 'MODEL%']

const text = fc.constantFrom(...TEXTS)
const tags = fc.dictionary(fc.constantFrom(...TAGS), text, { maxKeys: 3 })
const time = fc.constantFrom(...TIMES)

const version = fc.record({
  version: fc.integer({ min: 1, max: 12 }),
  runId: fc.constantFrom(...RUNS),
  source: text,
  createdAt: time,
  updatedAt: time,
  tags,
})
const model = fc.record({
  name: fc.constantFrom(...NAMES),
  kind: fc.constantFrom('model', 'model', 'model', 'prompt'),
  updatedAt: time,
  tags,
  versions: fc.uniqueArray(version, { selector: (one) => one.version, maxLength: 8 }),
})
const world = fc.uniqueArray(model, { selector: ({ name }) => name, minLength: 8, maxLength: NAMES.length })

const textTest = (values: readonly string[]): fc.Arbitrary<TextTest> =>
  fc.oneof(
    fc.record({ op: fc.constantFrom('=' as const, '!=' as const), value: fc.constantFrom(...values) }),
    fc.record({
      op: fc.constantFrom('LIKE' as const, 'ILIKE' as const),
      value: fc.constantFrom(...PATTERNS),
    }),
  )
const listed = (values: readonly string[]): fc.Arbitrary<TextTest> =>
  fc.record({
    op: fc.constantFrom('IN' as const, 'NOT IN' as const),
    values: fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
  })
const numberTest: fc.Arbitrary<NumberTest> = fc.record({
  op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
  value: fc.integer({ min: 0, max: 13 }),
})

const attribute = (name: string, test: fc.Arbitrary<TextTest | NumberTest>): fc.Arbitrary<Clause> =>
  test.map((one) => ({ entity: 'attribute', name, at: 0, ...one }))
const tag: fc.Arbitrary<Clause> = fc
  .tuple(fc.constantFrom(...TAGS), textTest(TEXTS))
  .map(([name, test]) => ({ entity: 'tag', name, at: 0, ...test }))
const named = attribute('name', fc.oneof(textTest(NAMES), listed(NAMES)))

const ofModels = fc.array(fc.oneof(tag, named), { maxLength: 3 })
const ofVersions = fc.array(
  fc.oneof(
    tag,
    named,
    attribute('run_id', fc.oneof(textTest(RUNS), listed(RUNS))),
    attribute('source_path', textTest(TEXTS)),
    attribute('version_number', numberTest),
  ),
  { maxLength: 3 },
)

interface Key {
  readonly name: string
  readonly descending: boolean
}
const orderBy = (names: readonly string[]): fc.Arbitrary<Key[]> =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), descending: fc.boolean() }), {
    selector: ({ name }) => name,
    maxLength: 3,
  })
const maxResults = fc.constantFrom(1, 3, 7, 1_000)

/** A model, or a version with its model's name. */
interface Row {
  readonly id: string
  readonly values: Readonly<Record<string, string | number>>
  readonly tags: Readonly<Record<string, string>>
}

const ofModel = ({ name, updatedAt = 1, tags = {} }: KeptModel): Row => ({
  id: name,
  values: { name, last_updated_timestamp: updatedAt },
  tags,
})

const ofVersion = ({ name }: KeptModel, given: KeptVersion): Row => ({
  id: `${name}/${given.version}`,
  values: {
    name,
    version_number: given.version,
    run_id: given.runId!,
    source_path: given.source!,
    creation_timestamp: given.createdAt!,
    last_updated_timestamp: given.updatedAt!,
  },
  tags: given.tags ?? {},
})

function answerOf(rows: readonly Row[], filter: readonly Clause[], order: readonly Key[]): string[] {
  const found = rows.filter((row) => filter.every((clause) => fits(row, clause)))
  return found.sort((a, b) => compare(a, b, order)).map(({ id }) => id)
}

function compare(a: Row, b: Row, order: readonly Key[]): number {
  for (const { name, descending } of order) {
    const [x, y] = [a.values[name]!, b.values[name]!]
    const sign =
      typeof x === 'string' ? Buffer.compare(Buffer.from(x), Buffer.from(String(y))) : x - Number(y)
    if (sign !== 0) return descending ? -sign : sign
  }
  return 0
}

function fits(row: Row, clause: Clause): boolean {
  const value = clause.entity === 'tag' ? row.tags[clause.name] : row.values[clause.name]
  if (value === undefined || isNullTest(clause)) return false
  return isNumberTest(clause) ? fitsNumber(Number(value), clause) : fitsText(String(value), clause)
}

function fitsNumber(value: number, { op, value: asked }: NumberTest): boolean {
  const is = { '=': value === asked, '<': value < asked, '>': value > asked }
  if (op === '!=') return !is['=']
  if (op === '<=') return is['<'] || is['=']
  return op === '>=' ? is['>'] || is['='] : is[op]
}

function fitsText(value: string, test: TextTest): boolean {
  if ('values' in test) return test.values.includes(value) === (test.op === 'IN')
  if (test.op === '=') return value === test.value
  if (test.op === '!=') return value !== test.value
  return test.op === 'LIKE' ? isLike(value, test.value) : isLike(folded(value), folded(test.value))
}

const folded = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function isLike(value: string, pattern: string): boolean {
  const source = Array.from(pattern, (letter) => {
    if (letter === '%') return '.*'
    return letter === '_' ? '.' : letter.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&')
  }).join('')
  return new RegExp(`^${source}$`, 'su').test(value)
}

const printed = (order: readonly Key[]) =>
  order.map(({ name, descending }) => (descending ? `${name} DESC` : name))
const ending = (order: readonly Key[], ...end: Key[]): Key[] => [
  ...order,
  ...end.filter(({ name }) => !order.some((key) => key.name === name)),
]
const BY_NAME = { name: 'name', descending: false }
const HIGHEST = { name: 'version_number', descending: true }
const CHANGED = { name: 'last_updated_timestamp', descending: true }

async function allPages<Page extends { readonly nextPageToken?: string }>(
  ask: (pageToken: string | undefined) => Promise<Page>,
  idsOf: (page: Page) => string[],
): Promise<string[]> {
  const ids: string[] = []
  let pageToken: string | undefined
  do {
    const page = await ask(pageToken)
    ids.push(...idsOf(page))
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return ids
}

const WORLDS = 4
const QUESTIONS = 60
const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

eachEngine('a registry is searched as if every row were looked at', TEST_MIGRATIONS, (open) => {
  for (const [at, models] of fc.sample(world, { numRuns: WORLDS, seed }).entries()) {
    test(`world ${at} of ORRERY_TEST_SEED=${seed}`, async () => {
      await using db = await open()
      await using bed = await openRegistry(db)
      const kept = models as KeptModel[]
      await keepModels(db, bed.here.workspace.key, kept)
      await keepModels(db, bed.elsewhere.workspace.key, kept.slice(0, 4))
      const search = makeRegistrySearch(bed.deps)
      const ours = kept.filter(({ kind }) => kind === 'model')
      const rows = ours.map(ofModel)
      const versions = ours.flatMap((one) => (one.versions ?? []).map((given) => ofVersion(one, given)))
      const sizes = { numRuns: QUESTIONS, seed: seed + at }

      const modelOrder = orderBy(['name', 'last_updated_timestamp'])
      for (const [filter, order, most] of fc.sample(fc.tuple(ofModels, modelOrder, maxResults), sizes)) {
        const asked: SearchInput = { filter: printFilter(filter), orderBy: printed(order), maxResults: most }
        const found = await allPages(
          (pageToken) => search.models(bed.here, { ...asked, pageToken }),
          (page) => page.models.map(({ name }) => name),
        )
        assert.deepEqual(found, answerOf(rows, filter, ending(order, BY_NAME)), JSON.stringify(asked))
      }

      const names = ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp']
      for (const [filter, order, most] of fc.sample(
        fc.tuple(ofVersions, orderBy(names), maxResults),
        sizes,
      )) {
        const asked: SearchInput = { filter: printFilter(filter), orderBy: printed(order), maxResults: most }
        const found = await allPages(
          (pageToken) => search.versions(bed.here, { ...asked, pageToken }),
          (page) => page.versions.map(({ name, version }) => `${name}/${version}`),
        )
        const whole = ending(order.length > 0 ? order : [CHANGED], BY_NAME, HIGHEST)
        assert.deepEqual(found, answerOf(versions, filter, whole), JSON.stringify(asked))
      }
    })
  }
})

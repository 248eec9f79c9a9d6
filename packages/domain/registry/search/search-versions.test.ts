import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { RegistrySearch, SearchInput } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { keepModels } from '../testing/keep-models.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeRegistrySearch } from './make-registry-search.ts'

const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

type Page = Awaited<ReturnType<RegistrySearch['versions']>>
const ids = ({ versions }: Page) => versions.map(({ name, version }) => `${name}${version}`)

eachEngine('search for model versions', TEST_MIGRATIONS, (open) => {
  test('the one changed last comes first, then by name and highest first; aliases are not told', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keepModels(db, bed.here.workspace.key, [
      {
        name: 'b',
        aliases: { best: 1 },
        versions: [
          { version: 1, updatedAt: 5, tags: { k: 'v', a: 'b' } },
          { version: 2, updatedAt: 5 },
        ],
      },
      {
        name: 'a',
        versions: [
          { version: 1, updatedAt: 5 },
          { version: 2, updatedAt: 9 },
        ],
      },
      { name: 'B', versions: [{ version: 7, updatedAt: 5 }] },
    ])
    const found = await makeRegistrySearch(bed.deps).versions(bed.here, {})
    assert.deepEqual(ids(found), ['a2', 'B7', 'a1', 'b2', 'b1'])
    assert.deepEqual(found, { versions: found.versions })
    const { tags, aliases } = found.versions.at(-1)!
    assert.deepEqual(tags, [
      { key: 'a', value: 'b' },
      { key: 'k', value: 'v' },
    ])
    assert.deepEqual(aliases, [])
  })

  test('a filter asks for name, number, run, source and tags', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keepModels(db, bed.here.workspace.key, [
      {
        name: 'wine',
        versions: [
          { version: 1, runId: 'r1', source: 'runs:/r1/model', tags: { q: 'good' } },
          { version: 2, runId: 'r2', source: 'runs:/r2/Model', tags: { q: 'bad' } },
          { version: 10, runId: 'r1' },
        ],
      },
      { name: 'iris', versions: [{ version: 1, tags: { q: 'good', s: 't' } }] },
    ])
    const search = makeRegistrySearch(bed.deps)
    const rows: [filter: string, found: string[]][] = [
      ["name = 'wine'", ['wine10', 'wine2', 'wine1']],
      ["name IN ('iris', 'nobody')", ['iris1']],
      ["name NOT IN ('iris')", ['wine10', 'wine2', 'wine1']],
      ['version_number > 1', ['wine10', 'wine2']],
      ["version_number = '10'", ['wine10']],
      ["run_id = 'r1'", ['wine10', 'wine1']],
      ["run_id IN ('r1', 'r2') AND name = 'wine'", ['wine10', 'wine2', 'wine1']],
      ["run_id != 'r1'", ['iris1', 'wine2']],
      ["source_path LIKE 'runs:/%/model'", ['wine1']],
      ["source_path ILIKE 'runs:/%/model'", ['wine2', 'wine1']],
      ["tags.q = 'good'", ['iris1', 'wine1']],
      ["tags.q != 'good'", ['wine2']],
      ["tags.q = 'good' AND tags.s = 't'", ['iris1']],
      ["tags.q LIKE '%' AND name = 'wine' AND version_number < 2", ['wine1']],
    ]
    for (const [filter, found] of rows) {
      assert.deepEqual(ids(await search.versions(bed.here, { filter })), found, filter)
      assert.deepEqual(await pagesOf(search, bed.here, { filter, maxResults: 1 }), found, filter)
    }
  })

  test('every order ends with the name and the highest first', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keepModels(db, bed.here.workspace.key, [
      {
        name: 'a',
        versions: [
          { version: 1, createdAt: 1, updatedAt: 9 },
          { version: 2, createdAt: 2, updatedAt: 8 },
        ],
      },
      {
        name: 'b',
        versions: [
          { version: 1, createdAt: 2, updatedAt: 9 },
          { version: 2, createdAt: 1, updatedAt: 7 },
        ],
      },
    ])
    const search = makeRegistrySearch(bed.deps)
    const rows: [orderBy: string[], found: string[]][] = [
      [['name DESC'], ['b2', 'b1', 'a2', 'a1']],
      [
        ['name DESC', 'version_number'],
        ['b1', 'b2', 'a1', 'a2'],
      ],
      [['version_number'], ['a1', 'b1', 'a2', 'b2']],
      [['creation_timestamp'], ['a1', 'b2', 'a2', 'b1']],
      [['creation_timestamp DESC'], ['a2', 'b1', 'a1', 'b2']],
      [['last_updated_timestamp'], ['b2', 'a2', 'a1', 'b1']],
      [
        ['last_updated_timestamp DESC', 'name DESC'],
        ['b1', 'a1', 'a2', 'b2'],
      ],
      [
        ['last_updated_timestamp', 'creation_timestamp DESC'],
        ['b2', 'a2', 'b1', 'a1'],
      ],
    ]
    for (const [orderBy, found] of rows) {
      assert.deepEqual(ids(await search.versions(bed.here, { orderBy })), found, orderBy.join())
      for (const maxResults of [1, 3]) {
        assert.deepEqual(await pagesOf(search, bed.here, { orderBy, maxResults }), found, orderBy.join())
      }
    }
  })

  test('pages follow each other where many versions changed in one moment', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const versions = Array.from({ length: 9 }, (_, at) => ({ version: at + 1, updatedAt: at < 7 ? 5 : 6 }))
    await keepModels(db, bed.here.workspace.key, [
      { name: 'b', versions },
      { name: 'a', versions },
    ])
    const search = makeRegistrySearch(bed.deps)
    const whole = ids(await search.versions(bed.here, {}))
    assert.deepEqual(whole.slice(0, 6), ['a9', 'a8', 'b9', 'b8', 'a7', 'a6'])
    assert.equal(whole.length, 18)
    for (const maxResults of [1, 4, 5, 17]) {
      assert.deepEqual(await pagesOf(search, bed.here, { maxResults }), whole)
    }
  })

  test('versions of prompts come only where the filter asks for them', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const tags = { 'mlflow.prompt.is_prompt': 'true' }
    await keepModels(db, bed.here.workspace.key, [
      { name: 'prompt', kind: 'prompt', tags, versions: [{ version: 1, tags }, { version: 2 }] },
      { name: 'model', versions: [{ version: 1 }] },
    ])
    const search = makeRegistrySearch(bed.deps)
    const found = async (filter: string) => ids(await search.versions(bed.here, { filter }))
    assert.deepEqual(await found(''), ['model1'])
    assert.deepEqual(await found("name = 'prompt'"), [])
    assert.deepEqual(await found("tags.`mlflow.prompt.is_prompt` = 'true'"), ['prompt1'])
  })

  test('nobody finds those of another workspace, of a deleted model or not theirs to read', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const versions = [{ version: 1, runId: 'r', tags: { k: 'v' } }]
    const wine = await keepModels(db, bed.here.workspace.key, [{ name: 'wine', versions }])
    const [gone] = await keepModels(db, bed.here.workspace.key, [{ name: 'gone', versions }])
    await keepModels(db, bed.here.workspace.key, [{ name: 'iris', versions }])
    await keepModels(db, bed.elsewhere.workspace.key, [{ name: 'wine', versions }])
    await db.inTx((tx) =>
      tx.tables<RegistryTables>().deleteFrom('registered_models').where('model_key', '=', gone!).execute(),
    )
    const search = makeRegistrySearch(bed.deps)
    for (const filter of ['', "tags.k = 'v'", "run_id = 'r'", "name IN ('wine', 'iris', 'gone')"]) {
      for (const orderBy of [[], ['name'], ['version_number']]) {
        const found = async (caller: Caller) => ids(await search.versions(caller, { filter, orderBy }))
        assert.deepEqual(await found(bed.here), ['iris1', 'wine1'])
        assert.deepEqual(await found(bed.elsewhere), ['wine1'])
        assert.deepEqual(await found(reading(bed.here, { kind: 'only', keys: wine })), ['wine1'])
        assert.deepEqual(await found(reading(bed.here, { kind: 'only', keys: [] })), [])
        assert.deepEqual(await found(reading(bed.here, { kind: 'all-except', keys: wine })), ['iris1'])
      }
    }
  })

  test('bad questions are refused', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const versions = [{ version: 1 }, { version: 2 }]
    await keepModels(db, bed.here.workspace.key, [{ name: 'a', versions }])
    const search = makeRegistrySearch(bed.deps)
    const { nextPageToken: pageToken } = await search.versions(bed.here, { maxResults: 1 })
    const bad: SearchInput[] = [
      { maxResults: 0 },
      { maxResults: 200_001 },
      { filter: "current_stage = 'Production'" },
      { filter: 'version_number = 1.5' },
      { orderBy: ['run_id'] },
      { orderBy: ['name', 'name'] },
      { pageToken, filter: "name = 'a'" },
      { pageToken, orderBy: ['name'] },
      { pageToken: withValues(pageToken!, ['x', 'a', 1]) },
      { pageToken: withValues(pageToken!, [1, 'a']) },
      { pageToken: withValues(pageToken!, [1, 'a', 1.5]) },
    ]
    for (const asked of bad) await assert.rejects(search.versions(bed.here, asked), INVALID)
    await assert.rejects(search.versions(bed.elsewhere, { pageToken }), INVALID)
  })
})

/** The same token with another last row. */
function withValues(token: string, values: readonly unknown[]): string {
  const read = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
  return Buffer.from(JSON.stringify([...read.slice(0, 4), ...values])).toString('base64url')
}

async function pagesOf(search: RegistrySearch, caller: Caller, asked: SearchInput): Promise<string[]> {
  const found: string[] = []
  let pageToken: string | undefined
  do {
    const page: Page = await search.versions(caller, { ...asked, pageToken })
    found.push(...ids(page))
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return found
}

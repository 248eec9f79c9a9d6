import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { RegistrySearch, SearchInput } from '../registry.ts'
import { keepModels } from '../testing/keep-models.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeRegistrySearch } from './make-registry-search.ts'

const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const PROMPT = 'tags.`mlflow.prompt.is_prompt`'

type Page = Awaited<ReturnType<RegistrySearch['models']>>
const names = ({ models }: Page) => models.map(({ name }) => name)

eachEngine('search for registered models', TEST_MIGRATIONS, (open) => {
  test('models come by name and whole: tags, aliases and the highest version of each stage', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keepModels(db, bed.here.workspace.key, [
      { name: 'b' },
      {
        name: 'a',
        tags: { team: 'x', area: 'y' },
        aliases: { champion: 2, best: 1 },
        versions: [
          { version: 1, stage: 'Production', tags: { k: 'v' } },
          { version: 2, stage: 'Staging' },
          { version: 3, stage: 'Production' },
        ],
      },
      { name: 'B' },
    ])
    const found = await makeRegistrySearch(bed.deps).models(bed.here, {})
    assert.deepEqual(names(found), ['B', 'a', 'b'])
    assert.deepEqual(found, { models: found.models })
    const { tags, aliases, latestVersions } = found.models[1]!
    assert.deepEqual(tags, [
      { key: 'area', value: 'y' },
      { key: 'team', value: 'x' },
    ])
    assert.deepEqual(aliases, [
      { alias: 'best', version: 1 },
      { alias: 'champion', version: 2 },
    ])
    assert.deepEqual(
      latestVersions.map(({ version, aliases, tags }) => [version, aliases, tags]),
      [
        [2, [], []],
        [3, [], []],
      ],
    )
  })

  test('a filter asks for names and tags, and a model without the tag never fits', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const long = 'x'.repeat(300)
    await keepModels(db, bed.here.workspace.key, [
      { name: 'wine', tags: { team: 'red', note: `${long}1` } },
      { name: 'Wine', tags: { team: 'RED', note: `${long}2` } },
      { name: 'iris', tags: { team: 'blue', smile: '😀'.repeat(120) } },
      { name: 'none' },
    ])
    const search = makeRegistrySearch(bed.deps)
    const rows: [filter: string, found: string[]][] = [
      ["name = 'wine'", ['wine']],
      ["name != 'wine'", ['Wine', 'iris', 'none']],
      ["name LIKE 'w%'", ['wine']],
      ["name ILIKE 'w%'", ['Wine', 'wine']],
      ["name IN ('none', 'iris', 'other')", ['iris', 'none']],
      ["name NOT IN ('none', 'iris')", ['Wine', 'wine']],
      ["tags.team = 'red'", ['wine']],
      ["tags.team != 'red'", ['Wine', 'iris']],
      ["tags.team LIKE '%e%'", ['iris', 'wine']],
      ["tags.team ILIKE 'red' AND name LIKE 'W%'", ['Wine']],
      [`tags.note = '${long}2'`, ['Wine']],
      [`tags.note = '${long}3'`, []],
      [`tags.smile = '${'😀'.repeat(120)}'`, ['iris']],
      ["tags.team = 'red' AND tags.team = 'blue'", []],
    ]
    for (const [filter, found] of rows) {
      assert.deepEqual(names(await search.models(bed.here, { filter })), found, filter.slice(0, 60))
    }
  })

  test('prompts come only where the filter asks for them', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const isPrompt = { 'mlflow.prompt.is_prompt': 'true' }
    await keepModels(db, bed.here.workspace.key, [
      { name: 'model', tags: { team: 'x' } },
      { name: 'prompt', kind: 'prompt', tags: { ...isPrompt, team: 'x' } },
    ])
    const search = makeRegistrySearch(bed.deps)
    const rows: [filter: string, found: string[]][] = [
      ['', ['model']],
      ["tags.team = 'x'", ['model']],
      ["name LIKE '%' AND tags.`mlflow.prompt.is_prompt` != 'true'", ['model']],
      [`${PROMPT} = 'true'`, ['prompt']],
      [`${PROMPT} = 'true' AND name = 'model'`, []],
      [`${PROMPT} = 'True'`, []],
    ]
    for (const [filter, found] of rows) {
      assert.deepEqual(names(await search.models(bed.here, { filter })), found, filter)
    }
  })

  test('pages follow each other, also where one is added before them', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const times: Record<string, number> = { a: 3, b: 1, c: 3, d: 2, e: 3 }
    const models = Object.entries(times).map(([name, updatedAt]) => ({ name, updatedAt }))
    await keepModels(db, bed.here.workspace.key, models)
    const search = makeRegistrySearch(bed.deps)
    const asked: SearchInput = { orderBy: ['timestamp DESC'], maxResults: 2 }
    const first = await search.models(bed.here, asked)
    assert.deepEqual(names(first), ['a', 'c'])
    await keepModels(db, bed.here.workspace.key, [{ name: 'new', updatedAt: 9 }])
    const second = await search.models(bed.here, { ...asked, pageToken: first.nextPageToken })
    assert.deepEqual(names(second), ['e', 'd'])
    const third = await search.models(bed.here, { ...asked, pageToken: second.nextPageToken })
    assert.deepEqual(third, { models: third.models })
    assert.deepEqual(names(third), ['b'])
    const other = { ...asked, filter: "name != 'x'", pageToken: first.nextPageToken }
    await assert.rejects(search.models(bed.here, other), INVALID)
  })

  test('nobody finds those of another workspace or not theirs to read', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const tags = { k: 'v' }
    const keys = await keepModels(db, bed.here.workspace.key, [{ name: 'wine', tags }])
    await keepModels(db, bed.here.workspace.key, [{ name: 'iris', tags }])
    await keepModels(db, bed.elsewhere.workspace.key, [{ name: 'theirs', tags }])
    const search = makeRegistrySearch(bed.deps)
    for (const filter of ['', "tags.k = 'v'", "name LIKE '%'"]) {
      const found = async (caller: typeof bed.here) => names(await search.models(caller, { filter }))
      assert.deepEqual(await found(bed.here), ['iris', 'wine'])
      assert.deepEqual(await found(bed.elsewhere), ['theirs'])
      assert.deepEqual(await found(reading(bed.here, { kind: 'only', keys })), ['wine'])
      assert.deepEqual(await found(reading(bed.here, { kind: 'only', keys: [] })), [])
      assert.deepEqual(await found(reading(bed.here, { kind: 'all-except', keys })), ['iris'])
    }
  })

  test('bad questions are refused', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const search = makeRegistrySearch(bed.deps)
    const token = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url')
    const bad: SearchInput[] = [
      { maxResults: 0 },
      { maxResults: -1 },
      { maxResults: 1_001 },
      { filter: "run_id = 'x'" },
      { filter: 'name' },
      { orderBy: ['tags.a'] },
      { orderBy: ['name', 'name DESC'] },
      { orderBy: ['timestamp', 'last_updated_timestamp'] },
      { pageToken: 'garbage' },
      { pageToken: token('other', 0, 0, 0, 'a') },
    ]
    for (const asked of bad) await assert.rejects(search.models(bed.here, asked), INVALID)
  })
})

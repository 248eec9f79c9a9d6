import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, type Permission, SOMEWHERE } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeRegistry } from './make-registry.ts'
import type { RegistryTables } from './registry-tables.ts'
import { archivedOf, archiveOf, indexOf } from './testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from './testing/open-registry.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', message: 'Get a new one.' }

/** The verbs that only read, or ask for no thing: their routes ask. */
const NOT_ON_ONE_THING = [
  'archives.export',
  'compare',
  'manifests.advice',
  'manifests.check',
  'manifests.list',
  'manifests.locate',
  'models.get',
  'search.latestVersions',
  'search.models',
  'search.versions',
  'versions.downloadUri',
  'versions.get',
  'versions.getByAlias',
  'versions.summary',
  'versions.whereUsed',
]

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function openBed(db: Database) {
  const bed = await openRegistry(db)
  const { here } = bed
  const told: string[] = []
  const registry = makeRegistry({
    ...bed.deps,
    ownership: {
      created: async (_, { workspace }, { kind, key }) =>
        void told.push(`created ${workspace.name} ${kind} ${key}`),
      removed: async (_, { workspace }, { kind, key }) =>
        void told.push(`removed ${workspace.name} ${kind} ${key}`),
      runCreated: async () => {},
    },
  })
  const { models, versions, manifests, archives } = registry
  await models.create(here, { name: 'm' })
  const runId = await bed.runWith(here, { 'model/a.txt': 'a' })
  const register = { source: `runs:/${runId}/model`, runId }
  const id = { name: 'm', version: '1' }
  await versions.create(here, { name: 'm', ...register })
  await models.setTag(here, { name: 'm', key: 'k', value: 'v' })
  await models.setAlias(here, { ...id, alias: 'champion' })
  await versions.setTag(here, { ...id, key: 'k', value: 'v' })
  const { manifest } = await manifests.list(here, id)
  const keyOf = async (name: string) =>
    (
      await db.read
        .tables<RegistryTables>()
        .selectFrom('registered_models')
        .select('model_key as key')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
    ).key
  const advice = {
    scanner: 's',
    scannerVersion: '1',
    manifestDigest: manifest.digest!,
    verdict: 'clean',
    findings: [],
  } as const
  const archive = () =>
    pieces(
      archiveOf(indexOf([archivedOf(1, { 'a.txt': 'a' }, { type: 'custom_model' })]), {
        1: { 'a.txt': 'a' },
      }),
    )

  /** A call of every verb that changes one model, with the permission that it needs there. */
  const calls: Record<string, [Permission, (caller: Caller) => Promise<unknown>]> = {
    'models.update': ['model.write', (c) => models.update(c, { name: 'm', description: 'x' })],
    'models.setTag': ['model.write', (c) => models.setTag(c, { name: 'm', key: 'k', value: 'w' })],
    'models.deleteTag': ['model.write', (c) => models.deleteTag(c, { name: 'm', key: 'k' })],
    'models.setAlias': ['model.write', (c) => models.setAlias(c, { ...id, alias: 'other' })],
    'models.deleteAlias': ['model.write', (c) => models.deleteAlias(c, { name: 'm', alias: 'champion' })],
    'versions.create': ['model.write', (c) => versions.create(c, { name: 'm', ...register })],
    'versions.registerPath': [
      'model.write',
      (c) => versions.registerPath(c, { name: 'm', runId, path: 'model' }),
    ],
    'versions.update': ['model.write', (c) => versions.update(c, { ...id, description: 'x' })],
    'versions.transitionStage': [
      'model.write',
      (c) => versions.transitionStage(c, { ...id, stage: 'Staging', archiveExisting: false }),
    ],
    'versions.setTag': ['model.write', (c) => versions.setTag(c, { ...id, key: 'k', value: 'w' })],
    'versions.deleteTag': ['model.write', (c) => versions.deleteTag(c, { ...id, key: 'k' })],
    'manifests.advise': ['model.write', (c) => manifests.advise(c, { ...id, ...advice })],
    'archives.import': ['model.write', (c) => archives.import(c, { name: 'm', body: archive() })],
    'versions.delete': ['model.delete', (c) => versions.delete(c, id)],
    'models.rename': ['model.write', (c) => models.rename(c, { name: 'm', newName: 'n' })],
    'models.delete': ['model.delete', (c) => models.delete(c, { name: 'n' })],
  }
  return { ...bed, registry, calls, told, keyOf, register, runId, id, archive }
}

eachEngine('permissions of the registry', TEST_MIGRATIONS, (open) => {
  test('every verb that changes a model asks for that model', async () => {
    await using db = await open()
    await using bed = await openBed(db)
    const { here, registry, calls, keyOf, events } = bed
    const verbs = Object.entries(registry).flatMap(([noun, of]) =>
      typeof of === 'function' ? [noun] : Object.keys(of).map((verb) => `${noun}.${verb}`),
    )
    const called = [...Object.keys(calls), 'models.create', ...NOT_ON_ONE_THING]
    assert.deepEqual(called.sort(), verbs.sort())
    const model = await keyOf('m')
    const before = (await events()).length
    for (const [name, [permission, call]] of Object.entries(calls)) {
      if (name === 'models.delete') continue
      // He may do it elsewhere, and everything else here: only the right question refuses him.
      const lacking: Caller = {
        ...here,
        may: (asked, on) => asked !== permission || on === SOMEWHERE || (on !== undefined && on !== model),
      }
      await assert.rejects(call(lacking), DENIED, name)
      const archived: Caller = { ...here, workspace: { ...here.workspace, archived: true } }
      await assert.rejects(call(archived), { code: 'INVALID_STATE' }, name)
      if (name === 'archives.import' || name === 'versions.registerPath') continue
      const blind: Caller = {
        ...lacking,
        readable: (kind) => (kind === 'model' ? { kind: 'all-except', keys: [model] } : { kind: 'all' }),
      }
      await assert.rejects(call(blind), ABSENT, name)
    }
    await assert.rejects(
      registry.models.delete({ ...here, may: (asked) => asked !== 'model.delete' }, { name: 'm' }),
      DENIED,
    )
    assert.equal((await events()).length, before)
  })

  test('who has the one permission can do it', async () => {
    await using db = await open()
    await using bed = await openBed(db)
    for (const [name, [permission, call]] of Object.entries(bed.calls)) {
      const able: Caller = { ...bed.here, may: (asked) => asked === permission }
      await call(able).catch((error) => assert.fail(`${name}: ${error}`))
    }
  })

  test('whoever makes a model may make models, and is told of', async () => {
    await using db = await open()
    await using bed = await openBed(db)
    const { here, registry, told, keyOf, runId, archive } = bed
    const first = await keyOf('m')
    assert.deepEqual(told, [`created default model ${first}`])
    const unable: Caller = { ...here, may: (asked) => asked !== 'model.create' }
    await assert.rejects(registry.models.create(unable, { name: 'x' }), DENIED)
    await assert.rejects(registry.versions.registerPath(unable, { name: 'x', runId, path: 'model' }), DENIED)
    await assert.rejects(registry.archives.import(unable, { name: 'x', body: archive() }), DENIED)
    assert.equal(told.length, 1)
    const able: Caller = { ...here, may: (asked) => asked === 'model.create' }
    await registry.models.create(able, { name: 'x' })
    await registry.versions.registerPath(able, { name: 'y', runId, path: 'model' })
    await registry.archives.import(able, { name: 'z', body: archive() })
    const made = await Promise.all(['m', 'x', 'y', 'z'].map(keyOf))
    assert.deepEqual(
      told,
      made.map((key) => `created default model ${key}`),
    )
    await registry.models.delete(here, { name: 'x' })
    assert.equal(told.at(-1), `removed default model ${made[1]}`)
  })

  test('a copy needs the right to read what is copied, and no other', async () => {
    await using db = await open()
    await using bed = await openBed(db)
    const { here, registry, keyOf } = bed
    await registry.models.create(here, { name: 'copies' })
    const [source, target] = [await keyOf('m'), await keyOf('copies')]
    const copy = { name: 'copies', source: 'models:/m/1' }
    const able: Caller = {
      ...here,
      may: (asked, on) =>
        (asked === 'model.read' && on === source) || (asked === 'model.write' && on === target),
    }
    await registry.versions.create(able, copy)
    const blind: Caller = {
      ...able,
      readable: (kind) => (kind === 'model' ? { kind: 'only', keys: [target] } : { kind: 'all' }),
    }
    await assert.rejects(registry.versions.create(blind, copy), ABSENT)
  })

  test('a confined credential registers what its runs made', async () => {
    await using db = await open()
    await using bed = await openBed(db)
    const { here, registry, runId, register } = bed
    const other = await bed.runWith(here, { 'model/a.txt': 'a' })
    const { run } = await db.read
      .tables<{ runs: { run_key: number; run_id: string } }>()
      .selectFrom('runs')
      .select('run_key as run')
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow()
    const confinement = { runs: new Set([run]), refusal: 'Get a new one.' }
    const expired: Caller = { ...here, credential: { kind: 'tracking', key: 1 }, confinement }
    await registry.versions.create(expired, { name: 'm', ...register })
    for (const source of [
      { source: `runs:/${other}/model`, runId: other },
      { source: 's3://bucket/model' },
      { source: 's3://bucket/model', runId: other },
      { source: 's3://bucket/model', runId: 'nobody' },
    ]) {
      await assert.rejects(registry.versions.create(expired, { name: 'm', ...source }), UNAUTHENTICATED)
    }
    const { models, versions } = registry
    await versions.create(expired, { name: 'm', source: 'models:/m/1', runId })
    await models.create(expired, { name: 'made-late' })
    const of = { runs: new Set([run + 1000]), refusal: 'Get a new one.' }
    await assert.rejects(
      versions.create({ ...expired, confinement: of }, { name: 'm', source: 'models:/m/1' }),
      UNAUTHENTICATED,
    )
  })
})

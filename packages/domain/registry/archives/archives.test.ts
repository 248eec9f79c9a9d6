import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Caller, Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { StoredEvent } from '../../events/index.ts'
import { makeArtifacts, makeGrants } from '../../tracking/index.ts'
import type { Archives } from '../archives.ts'
import { insertModel } from '../models/create-model.ts'
import { makeModels } from '../models/make-models.ts'
import type { RegisteredModel } from '../registered-model.ts'
import { insertVersion } from '../registration/insert-version.ts'
import { makeRegistration } from '../registration/make-registration.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { archivedOf, archiveOf, indexOf } from '../testing/archive-of.ts'
import { keepFiles } from '../testing/keep-files.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { collected, inPieces } from '../testing/raw-tar.ts'
import { replay } from '../testing/replay.ts'
import { findVersion } from '../versions/find-version.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import { findVersionFolder } from './find-version-folder.ts'
import { makeArchives } from './make-archives.ts'

type Bed = Awaited<ReturnType<typeof openRegistry>>

const LONG = `${'long-name-'.repeat(15)}/${'ü'.repeat(90)}/模型.pkl`

const isProblem =
  (code: string, says = '') =>
  (error: unknown) => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code, error.message)
    assert.ok(error.message.includes(says), error.message)
    return true
  }

/** Does what the server does in the background. */
const workOff = (bed: Bed) =>
  makeWorkOffRegistryRemovals({ db: bed.deps.db, removeFiles: bed.artifacts.deleteArtifactsOf })()

/** A model with three versions of which one was deleted in between, in all its glory. */
async function keepModel(bed: Bed, caller: Caller): Promise<void> {
  const models = makeModels(bed.deps)
  const versions = makeVersionVerbs(bed.deps)
  const name = 'Wärme model'
  await models.create(caller, {
    name,
    description: 'Predicts.',
    tags: [{ key: 'team', value: 'ä' }],
  })
  const { registerPath } = makeRegistration(bed.deps)
  const keep = async (files: Readonly<Record<string, string>>, more = {}) => {
    const inFolder = Object.entries(files).map(([path, text]) => [`model/${path}`, text])
    const runId = await bed.runWith(caller, Object.fromEntries(inFolder))
    await registerPath(caller, { name, runId, path: 'model', ...more })
  }
  await keep({ MLmodel: 'flavors: {}\n', 'data/model.pkl': 'one' })
  await keep({ a: 'gone' })
  await keep({ [LONG]: 'x'.repeat(100_000), empty: '', 'z z': '100%' })
  await keep({ one: '1' }, { description: 'third', tags: [{ key: 'k', value: 'v' }] })
  await versions.delete(caller, { name, version: '2' })
  await versions.transitionStage(caller, { name, version: '3', stage: 'Production', archiveExisting: false })
  await models.setAlias(caller, { name, alias: 'best', version: '3' })
  await models.setAlias(caller, { name, alias: 'first', version: '1' })
}

const exported = async (archives: Archives, caller: Caller, name: string, version?: string) =>
  collected((await archives.export(caller, { name, version })).body)

/** What of a model is the same wherever it is. */
async function essence(bed: Bed, caller: Caller, model: RegisteredModel) {
  const versions = makeVersionVerbs(bed.deps)
  const { name, kind, description, tags, aliases } = model
  const all = []
  for (let version = 1; version <= 10; version++) {
    const found = await versions.get(caller, { name, version: String(version) }).catch(() => undefined)
    if (found === undefined) continue
    const { stage, description: said, manifest, aliases: pointing } = found
    const own = found.tags.filter(({ key }) => !key.startsWith('orrery.'))
    all.push({ version, stage, said, manifest, pointing, own })
  }
  return { name, kind, description, tags, aliases, all }
}

eachEngine('archives', TEST_MIGRATIONS, (open) => {
  test('a model goes to another workspace and to another database, and comes out as it went in', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await using otherDb = await open()
    await using other = await openRegistry(otherDb)
    await keepModel(bed, bed.here)
    const name = 'Wärme model'
    const before = await essence(bed, bed.here, await makeModels(bed.deps).get(bed.here, { name }))
    assert.equal(before.all.length, 3)
    const archive = await exported(makeArchives(bed.deps), bed.here, name)
    assert.ok(archive.equals(await exported(makeArchives(bed.deps), bed.here, name)), 'the same bytes again')

    for (const [to, caller] of [
      [bed, bed.elsewhere],
      [other, other.here],
      [other, other.elsewhere],
    ] as const) {
      const archives = makeArchives(to.deps)
      const given = await archives.import(caller, { body: inPieces(gzipSync(archive)) })
      assert.deepEqual(given, {
        name,
        created: true,
        versions: [1, 3, 4].map((version) => ({ archived: version, version })),
      })
      assert.deepEqual(await essence(to, caller, await makeModels(to.deps).get(caller, { name })), before)
      const again = await exported(archives, caller, name)
      await archives.import(caller, { name: 'again', body: inPieces(again, 100_000) })
      const copy = await essence(to, caller, await makeModels(to.deps).get(caller, { name: 'again' }))
      assert.deepEqual(copy, { ...before, name: 'again' })
    }
    const { version } = await keepFiles(other, other.here, name, { a: 'b' })
    assert.equal(version, 5, 'the next number comes after the highest of the archive')
  })

  test('events tell an import with its stages and aliases, so that replaying them gives the model', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    await keepModel(bed, bed.here)
    const name = 'Wärme model'
    const archive = await exported(makeArchives(bed.deps), bed.here, name)
    const before = (await bed.events()).length
    await makeArchives(bed.deps).import(bed.elsewhere, { body: inPieces(archive) })
    const told = (await bed.events()).slice(before)
    assert.deepEqual(
      told
        .filter(({ type }) => !type.endsWith('.created'))
        .map((e) => [e.type, e.subject, e.before, e.after]),
      [
        [
          'model.registered',
          `models/${name}`,
          undefined,
          { name, kind: 'model', description: 'Predicts.', tags: { team: 'ä' } },
        ],
        [
          'stage.changed',
          `models/${name}/versions/3`,
          { stage: 'None' },
          { stage: 'Production', archived: [] },
        ],
        [
          'alias.set',
          `models/${name}`,
          { alias: 'best', version: null },
          { alias: 'best', version: 3, kind: 'model' },
        ],
        [
          'alias.set',
          `models/${name}`,
          { alias: 'first', version: null },
          { alias: 'first', version: 1, kind: 'model' },
        ],
      ],
    )
    const replayed = replay(told as unknown as StoredEvent[]).get(name)!
    const model = await makeModels(bed.deps).get(bed.elsewhere, { name })
    assert.deepEqual(
      [...replayed.aliases],
      model.aliases.map(({ alias, version }) => [alias, version]),
    )
    const { all } = await essence(bed, bed.elsewhere, model)
    assert.deepEqual(
      [...replayed.versions].map(([version, { stage, description }]) => [version, stage, description]),
      all.map(({ version, stage, said }) => [version, stage, said]),
    )
    assert.deepEqual([replayed.description, Object.fromEntries(replayed.tags)], ['Predicts.', { team: 'ä' }])
  })

  test('prompts go as well', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const archives = makeArchives(bed.deps)
    const isPrompt = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
    await models.create(bed.here, { name: 'p', tags: isPrompt })
    for (const text of ['Say {{it}}', 'Say {{it}} well']) {
      const tags = new Map([['mlflow.prompt.text', text]])
      await keepFiles(
        bed,
        bed.here,
        'p',
        {},
        { source: 'dummy-source', storageLocation: 'dummy-source', tags },
      )
    }
    const before = await models.get(bed.here, { name: 'p' })
    const archive = await exported(archives, bed.here, 'p')
    await archives.import(bed.elsewhere, { body: inPieces(archive) })
    const after = await models.get(bed.elsewhere, { name: 'p' })
    assert.equal(after.kind, 'prompt')
    assert.deepEqual(await essence(bed, bed.elsewhere, after), await essence(bed, bed.here, before))
    const version = await makeVersionVerbs(bed.deps).get(bed.elsewhere, { name: 'p', version: '2' })
    assert.equal(version.source, 'dummy-source')
    assert.deepEqual(version.tags, [{ key: 'mlflow.prompt.text', value: 'Say {{it}} well' }])
    assert.equal(await bed.rowsLeft('version_folders'), 0)

    await models.create(bed.here, { name: 'taken' })
    await assert.rejects(
      archives.import(bed.here, { name: 'taken', body: inPieces(archive) }),
      isProblem('RESOURCE_ALREADY_EXISTS', "The name 'taken' is already taken by a model"),
    )
  })

  test('an existing model only gets its next numbers', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const archives = makeArchives(bed.deps)
    await keepModel(bed, bed.here)
    const archive = await exported(archives, bed.here, 'Wärme model')
    await keepFiles(bed, bed.elsewhere, 'mine', { a: 'b' })
    await models.setAlias(bed.elsewhere, { name: 'mine', alias: 'best', version: '1' })
    const before = (await bed.events()).length
    const given = await archives.import(bed.elsewhere, { name: 'mine', body: inPieces(archive) })
    assert.deepEqual(given, {
      name: 'mine',
      created: false,
      versions: [
        { archived: 1, version: 2 },
        { archived: 3, version: 3 },
        { archived: 4, version: 4 },
      ],
    })
    const model = await models.get(bed.elsewhere, { name: 'mine' })
    assert.deepEqual([model.description, model.tags], [null, []])
    assert.deepEqual(model.aliases, [{ alias: 'best', version: 1 }])
    const { all } = await essence(bed, bed.elsewhere, model)
    assert.deepEqual(
      all.map(({ stage, said }) => [stage, said]),
      [
        ['None', null],
        ['None', ''],
        ['None', ''],
        ['None', 'third'],
      ],
    )
    const told = (await bed.events()).slice(before)
    assert.deepEqual(
      told.map(({ type, subject, after }) => [type, subject, after?.importedAs]),
      [
        ['version.created', 'models/mine/versions/2', 1],
        ['version.created', 'models/mine/versions/3', 3],
        ['version.created', 'models/mine/versions/4', 4],
      ],
    )
  })

  test('one version goes alone, with its number and aliases', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const archives = makeArchives(bed.deps)
    await keepModel(bed, bed.here)
    const { fileName, body } = await archives.export(bed.here, { name: 'Wärme model', version: ' 3' })
    assert.equal(fileName, 'W_rme_model-v3.tar')
    const { versions } = await archives.import(bed.elsewhere, { name: 'new', body })
    assert.deepEqual(versions, [{ archived: 3, version: 3 }])
    const model = await makeModels(bed.deps).get(bed.elsewhere, { name: 'new' })
    assert.deepEqual(model.aliases, [{ alias: 'best', version: 3 }])
  })

  test('an import looks into the files itself and keeps its origin as text', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const archives = makeArchives(bed.deps)
    const MLmodel = 'flavors:\n  sklearn:\n    sklearn_version: 1.5.2\n'
    const lies = [
      { key: 'orrery.flavors', value: 'onnx' },
      { key: 'orrery.signature', value: 'true' },
      { key: 'orrery.imported.run_id', value: 'the first of all' },
    ]
    const claims = {
      runId: 'r1',
      modelId: 'm-1',
      source: 'file:///etc/passwd',
      type: 'custom_model',
      tags: lies,
    } as const
    const files = { MLmodel, 'model.pkl': 'a pickle', 'requirements.txt': 'mlflow\n' }
    const archive = archiveOf(indexOf([archivedOf(7, files, claims)]), { 7: files })
    await archives.import(bed.here, { body: inPieces(archive) })
    const version = await makeVersionVerbs(bed.deps).get(bed.here, { name: 'm', version: '7' })
    assert.equal(version.type, 'mlflow_model')
    assert.equal(version.runsCode, true)
    assert.deepEqual([version.runId, version.modelId, version.runLink], ['', '', ''])
    assert.match(version.source, /^mlflow-artifacts:\/registry\/[0-9a-f]{32}\/artifacts$/)
    assert.deepEqual(version.tags, [
      { key: 'orrery.flavors', value: 'sklearn' },
      { key: 'orrery.imported.model_id', value: 'm-1' },
      { key: 'orrery.imported.run_id', value: 'the first of all' },
      { key: 'orrery.imported.source', value: 'file:///etc/passwd' },
      { key: 'orrery.signature', value: 'false' },
    ])
    const without = { 'model.bin': 'x' }
    const bare = archiveOf(indexOf([archivedOf(1, without)], { name: 'bare' }), { 1: without })
    await archives.import(bed.here, { body: inPieces(bare) })
    const custom = await makeVersionVerbs(bed.deps).get(bed.here, { name: 'bare', version: '1' })
    assert.equal(custom.type, 'custom_model', 'an archive without MLmodel is a model of its own kind')
  })

  test('files of an import are read by who may read the model, and never change', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const artifacts = makeArtifacts({
      ...bed.deps,
      findWorkspace: bed.findWorkspace,
      grants: makeGrants({ key: Buffer.alloc(32, 1), clock: bed.deps.clock }),
      findVersionFolder,
    })
    const files = { MLmodel: 'flavors: {}\n', 'data/a': 'text' }
    const body = () => inPieces(archiveOf(indexOf([archivedOf(1, files)]), { 1: files }))
    await makeArchives(bed.deps).import(bed.here, { body: body() })
    const versions = makeVersionVerbs(bed.deps)
    const { source } = await versions.get(bed.here, { name: 'm', version: '1' })
    const folder = source.slice('mlflow-artifacts:/'.length)
    const read = async (caller: Caller) => {
      const file = await artifacts.openArtifact(caller, `${folder}/data/a`)
      return (await collected(file.bytes() as AsyncIterable<Uint8Array>)).toString()
    }
    assert.equal(await read(bed.here), 'text')
    await assert.rejects(read(bed.elsewhere), isProblem('RESOURCE_DOES_NOT_EXIST'))
    await assert.rejects(
      read(reading(bed.here, { kind: 'only', keys: [] })),
      isProblem('RESOURCE_DOES_NOT_EXIST'),
    )
    for (const path of ['data/a', 'new']) {
      await assert.rejects(
        artifacts.writeArtifact(bed.here, `${folder}/${path}`, inPieces(Buffer.from('other'))),
        isProblem('INVALID_PARAMETER_VALUE', 'never change'),
      )
    }
    // The copy keeps the folder when the first is gone, and shows it to whoever may read the copy.
    const key = await db.inTx(async (tx) => {
      const { version } = await findVersion(tx, bed.here, { name: 'm', version: '1' })
      const copy = await insertModel(bed.deps, tx, bed.here, {
        name: 'copy',
        description: null,
        tags: new Map(),
      })
      const { folderId, contentPath, storageLocation, source: place } = version
      await insertVersion(bed.deps, tx, bed.here, copy, {
        description: null,
        runId: '',
        runLink: '',
        modelId: '',
        folderId,
        contentPath,
        storageLocation,
        source: place,
        sourceVersionKey: version.key,
        tags: new Map(),
        content: {
          type: 'mlflow_model',
          runsCode: true,
          manifest: { state: 'complete', digest: null, files: 2, bytes: 0 },
          files: [],
          summary: null,
        },
      })
      return copy.key
    })
    assert.equal(await read(reading(bed.here, { kind: 'only', keys: [key] })), 'text')
    await versions.delete(bed.here, { name: 'm', version: '1' })
    await workOff(bed)
    assert.equal(await read(bed.here), 'text')
    await versions.delete(bed.here, { name: 'copy', version: '1' })
    await workOff(bed)
    await assert.rejects(read(bed.here), isProblem('RESOURCE_DOES_NOT_EXIST'))
    assert.equal(await bed.rowsLeft('version_folders'), 0)
  })

  test('a name that the caller cannot see is taken', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const files = { a: 'x' }
    const archive = archiveOf(indexOf([archivedOf(1, files)]), { 1: files })
    await makeModels(bed.deps).create(bed.here, { name: 'm' })
    const blind = reading(bed.here, { kind: 'only', keys: [] })
    await assert.rejects(
      makeArchives(bed.deps).import(blind, { body: inPieces(archive) }),
      isProblem('RESOURCE_ALREADY_EXISTS', 'Registered Model (name=m) already exists.'),
    )
    await workOff(bed)
    assert.equal(await bed.rowsLeft('version_folders'), 0)
    await assert.rejects(
      makeArchives(bed.deps).export(blind, { name: 'm' }),
      isProblem('RESOURCE_DOES_NOT_EXIST', 'Registered Model with name=m not found'),
    )
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { VersionId } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, isInvalid, isMissing, isProblem, openVersions, sha256 } from '../testing/open-versions.ts'

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const isConflict = (message: string) => isProblem('RESOURCE_CONFLICT', message)
const isWrongState = (message: string) => isProblem('INVALID_STATE', message)

const V1: VersionId = { name: 'm', version: '1' }

type Bed = Awaited<ReturnType<typeof openVersions>>

/** A model `m` whose first version is the folder `a` of a run with these files. */
async function registered(bed: Bed, files: Readonly<Record<string, string>>) {
  await bed.modelNamed('m')
  const named = Object.entries(files).map(([path, text]) => [`a/${path}`, text])
  const runId = await bed.runWith(bed.here, Object.fromEntries(named))
  const version = await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId })
  const root = `0/${runId}/artifacts`
  return {
    version,
    runId,
    root,
    write: (path: string, text: string) =>
      bed.artifacts.writeArtifact(bed.here, `${root}/a/${path}`, body(text)),
    remove: (path: string) => bed.artifacts.deleteArtifact(bed.here, `${root}/a/${path}`),
  }
}

/** As a store would that cannot tell them. */
const forgetDigests = (db: Database) =>
  db.inTx(async (tx) => {
    await tx
      .tables<{ artifact_files: { sha256: string | null } }>()
      .updateTable('artifact_files')
      .set({ sha256: null })
      .execute()
  })

eachEngine('the manifest of a version', TEST_MIGRATIONS, (open) => {
  test('is looked at before a client is told what to download', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version, write, remove } = await registered(bed, FILES)
    const uri = (id = V1) => bed.versions.downloadUri(bed.here, id)
    await write('added', 'x')
    assert.equal(await uri(), version.source)
    await bed.versions.create(bed.here, { name: 'm', source: 'models:/m/1' })
    await write('MLmodel', FILES.MLmodel.toUpperCase())
    await assert.rejects(uri(), isConflict("The file 'MLmodel' of Model Version (name=m, version=1)"))
    await assert.rejects(uri({ name: 'm', version: '2' }), isConflict('is not what was registered'))
    await write('MLmodel', FILES.MLmodel)
    assert.equal(await uri(), version.source)
    await remove('MLmodel')
    await assert.rejects(uri(), isConflict('was replaced or removed since'))
  })

  test('is looked at before a version is made of the version', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { write } = await registered(bed, FILES)
    await bed.modelNamed('production')
    const copy = () => bed.versions.create(bed.here, { name: 'production', source: 'models:/m/1' })
    await write('MLmodel', FILES.MLmodel.toUpperCase())
    await assert.rejects(copy(), isConflict("The file 'MLmodel' of Model Version (name=m, version=1)"))
    await write('MLmodel', FILES.MLmodel)
    await write('added', 'x')
    assert.equal((await copy()).version, 1)
  })

  test('is compared with the file itself where a store did not tell its digest', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version, write } = await registered(bed, FILES)
    const uri = () => bed.versions.downloadUri(bed.here, V1)
    await forgetDigests(db)
    assert.equal(await uri(), version.source)
    await write('MLmodel', FILES.MLmodel.toUpperCase())
    await forgetDigests(db)
    await assert.rejects(uri(), isConflict('is not what was registered'))
  })

  test('is listed by path, a thousand files a page', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version, runId } = await registered(bed, FILES)
    await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId })
    await db.inTx(async (tx) => {
      const { key } = await tx
        .tables<RegistryTables>()
        .selectFrom('model_versions')
        .select('version_key as key')
        .where('version', '=', 1)
        .executeTakeFirstOrThrow()
      await tx.bulk(
        {
          table: 'version_files',
          columns: { version_key: 'int', path: 'text', size: 'int', sha256: 'text' },
          key: ['version_key', 'path'],
          onClash: 'fail',
        },
        Array.from({ length: 1500 }, (_, i) => [key, `z/${String(i).padStart(4, '0')}`, 1, 'x']),
      )
    })
    const first = await bed.manifests.list(bed.here, V1)
    assert.deepEqual(first.manifest, version.manifest)
    assert.deepEqual([first.files.length, first.files[0]?.path], [1000, 'MLmodel'])
    const second = await bed.manifests.list(bed.here, { ...V1, pageToken: first.nextPageToken! })
    assert.deepEqual(
      [second.files.length, second.files.at(-1)?.path, second.nextPageToken],
      [503, 'z/1499', undefined],
    )
    const other = { name: 'm', version: '2', pageToken: first.nextPageToken! }
    await assert.rejects(bed.manifests.list(bed.here, other), isInvalid('page_token'))
  })

  test('is compared with what was recorded, and deep with every byte', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version, root, write, remove } = await registered(bed, { ...FILES, a: 'a', b: 'b', c: 'c' })
    const same = { manifest: version.manifest, missing: [], changed: [], added: [] }
    for (const deep of [false, true]) {
      assert.deepEqual(await bed.manifests.check(bed.here, { ...V1, deep }), { ...same, deep })
    }
    await write('a', 'A')
    await remove('b')
    await write('new', 'x')
    const found = { ...same, missing: ['b'], changed: ['a'], added: ['new'] }
    for (const deep of [false, true]) {
      assert.deepEqual(await bed.manifests.check(bed.here, { ...V1, deep }), { ...found, deep })
    }
    // Below the server, where only a deep look sees it.
    await bed.store.write(`1/${root}/a/c`, body('C'))
    await bed.store.delete(`1/${root}/a/MLmodel`)
    assert.deepEqual(await bed.manifests.check(bed.here, { ...V1, deep: false }), { ...found, deep: false })
    const deep = await bed.manifests.check(bed.here, { ...V1, deep: true })
    assert.deepEqual(
      [deep.missing, deep.changed],
      [
        ['MLmodel', 'b'],
        ['a', 'c'],
      ],
    )
  })

  test('is compared without digests, which are computed then', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { write } = await registered(bed, { a: 'a', b: 'b' })
    await write('b', 'B')
    await forgetDigests(db)
    const { changed } = await bed.manifests.check(bed.here, { ...V1, deep: false })
    assert.deepEqual(changed, ['b'])
    assert.equal((await bed.manifests.locate(bed.here, { ...V1, path: 'a' })).recorded?.sha256, sha256('a'))
  })

  test('says where a file is, for whoever may read the model', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { root, write, remove } = await registered(bed, { ...FILES, 'data/x': 'x' })
    const locate = (path: string, caller = bed.here) => bed.manifests.locate(caller, { ...V1, path })
    const noExperiments = {
      ...bed.here,
      readable: (kind: 'experiment' | 'model') =>
        kind === 'model' ? bed.here.readable(kind) : ({ kind: 'only', keys: [] } as const),
    }
    const found = await locate('data/x', noExperiments)
    assert.deepEqual(
      [found.key, found.recorded],
      [`1/${root}/a/data/x`, { path: 'data/x', size: 1, sha256: sha256('x') }],
    )
    assert.equal((await bed.store.stat(found.key))?.etag, found.etag)
    await assert.rejects(locate('data'), isMissing("has no file 'data'"))
    await assert.rejects(locate('none'), isMissing("has no file 'none'"))
    await write('added', 'x')
    await assert.rejects(locate('added'), isMissing("has no file 'added'"))
    await write('data/x', 'y')
    await assert.rejects(
      locate('data/x'),
      isConflict("The file 'data/x' of Model Version (name=m, version=1)"),
    )
    await remove('data/x')
    await assert.rejects(locate('data/x'), isConflict('is not what was registered'))
    await assert.rejects(
      locate('MLmodel', bed.elsewhere),
      isMissing('Registered Model with name=m not found'),
    )
    const blind = reading(bed.here, { kind: 'only', keys: [] })
    await assert.rejects(locate('MLmodel', blind), isMissing('Registered Model with name=m not found'))
  })

  test('of a removed run its files are gone', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { runId, root } = await registered(bed, { x: 'x' })
    await bed.tracking.runs.delete(bed.here, { runId })
    assert.equal((await bed.manifests.locate(bed.here, { ...V1, path: 'x' })).key, `1/${root}/a/x`)
    await bed.tracking.runs.remove(bed.here, { runId })
    await bed.artifacts.deleteArtifactsOf(1, `mlflow-artifacts:/${root}`)
    await assert.rejects(
      bed.manifests.locate(bed.here, { ...V1, path: 'x' }),
      isConflict('was replaced or removed'),
    )
    assert.deepEqual((await bed.manifests.check(bed.here, { ...V1, deep: true })).missing, ['x'])
  })

  test('of one file is found by its name', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'model/model': 'folder', file: 'alone' })
    for (const path of ['model', 'file', 'model/model']) {
      await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/${path}`, runId })
    }
    const keyOf = async (version: string, path: string) =>
      (await bed.manifests.locate(bed.here, { name: 'm', version, path })).key
    const root = `1/0/${runId}/artifacts`
    assert.deepEqual(
      [await keyOf('1', 'model'), await keyOf('2', 'file'), await keyOf('3', 'model')],
      [`${root}/model/model`, `${root}/file`, `${root}/model/model`],
    )
    for (const version of ['1', '2', '3']) {
      const { missing, added } = await bed.manifests.check(bed.here, { name: 'm', version, deep: true })
      assert.deepEqual([missing, added], [[], []])
    }
  })

  test('that is not complete is not compared', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, {})
    await bed.versions.create(bed.here, { name: 'm', source: 's3://b/m' })
    await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId })
    const check = (version: string) => bed.manifests.check(bed.here, { name: 'm', version, deep: false })
    const locate = (version: string) => bed.manifests.locate(bed.here, { name: 'm', version, path: 'x' })
    await assert.rejects(check('1'), isWrongState("it is 'outside'"))
    await assert.rejects(check('2'), isWrongState("it is 'empty'"))
    await assert.rejects(locate('1'), isInvalid("are at 's3://b/m', outside the store"))
    await bed.artifacts.writeArtifact(bed.here, `0/${runId}/artifacts/a/x`, body('later'))
    await assert.rejects(locate('2'), isMissing("has no file 'x'"))
    assert.deepEqual((await bed.manifests.list(bed.here, { name: 'm', version: '2' })).files, [])
  })

  test('of too many files is none, and its files are read as they are', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { runId, write, root } = await registered(bed, { ...FILES, y: 'y' })
    await db.inTx((tx) =>
      tx.bulk(
        {
          table: 'artifact_files',
          columns: {
            workspace_key: 'int',
            root: 'text',
            path: 'text',
            size: 'int',
            sha256: 'text',
            etag: 'text',
            written_at: 'int',
          },
          key: ['workspace_key', 'root', 'path'],
          onClash: 'fail',
        },
        Array.from({ length: 20_000 }, (_, i) => [1, root, `a/z${i}`, 1, 'x', 'x', 1]),
      ),
    )
    const version = await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/a`, runId })
    assert.deepEqual(
      [version.manifest.state, version.manifest.digest, version.type, version.runsCode],
      ['too-many', null, 'mlflow_model', true],
    )
    await write('y', 'Y')
    const found = await bed.manifests.locate(bed.here, { name: 'm', version: '2', path: 'y' })
    assert.deepEqual([found.key, found.recorded], [`1/${root}/a/y`, null])
    const none = bed.manifests.locate(bed.here, { name: 'm', version: '2', path: 'none' })
    await assert.rejects(none, isMissing("has no file 'none'"))
  })
})

eachEngine('the advice about a version', TEST_MIGRATIONS, (open) => {
  const finding = { path: 'model.pkl', message: 'os.system' }

  test('is kept once per scanner, and changes nothing else', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version } = await registered(bed, FILES)
    const said = {
      ...V1,
      scanner: 'picklescan',
      scannerVersion: '1',
      manifestDigest: version.manifest.digest!,
      verdict: 'dangerous',
      findings: [finding],
    } as const
    await bed.manifests.advise(bed.here, said)
    bed.later(7)
    await bed.manifests.advise(bed.here, { ...said, scannerVersion: '2', verdict: 'clean', findings: [] })
    await bed.manifests.advise(bed.here, { ...said, scanner: 'another' })
    const common = {
      manifestDigest: version.manifest.digest,
      reportedBy: 'local-owner',
      reportedAt: 1_700_000_000_007,
    }
    assert.deepEqual(await bed.manifests.advice(bed.here, V1), [
      { ...common, scanner: 'another', scannerVersion: '1', verdict: 'dangerous', findings: [finding] },
      { ...common, scanner: 'picklescan', scannerVersion: '2', verdict: 'clean', findings: [] },
    ])
    assert.deepEqual(await bed.versions.get(bed.here, V1), version)
    assert.equal((await bed.events()).filter(({ type }) => type === 'version.advised').length, 3)
  })

  test('is about these files, and readable', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version } = await registered(bed, FILES)
    await bed.versions.create(bed.here, { name: 'm', source: 's3://b/m' })
    const advise = (more: object) =>
      bed.manifests.advise(bed.here, {
        ...V1,
        scanner: 's',
        scannerVersion: '1',
        manifestDigest: version.manifest.digest!,
        verdict: 'clean',
        findings: [],
        ...more,
      })
    await assert.rejects(advise({ manifestDigest: 'x' }), isConflict('the advice is about other files'))
    await assert.rejects(advise({ version: '2' }), isConflict('has no manifest'))
    await assert.rejects(advise({ version: '3' }), isMissing('version=3'))
    await assert.rejects(advise({ scanner: ' ' }), isInvalid("'scanner'"))
    await assert.rejects(advise({ scanner: 'a\0' }), isInvalid("'scanner'"))
    await assert.rejects(advise({ scanner: 'x'.repeat(251) }), isInvalid("'scanner'"))
    await assert.rejects(advise({ verdict: 'fine' }), isInvalid("'verdict'"))
    await assert.rejects(advise({ findings: Array(1001).fill(finding) }), isInvalid("'findings'"))
    await assert.rejects(
      advise({ findings: [finding, { path: 'x', message: 'x'.repeat(2001) }] }),
      isInvalid("'findings[1].message'"),
    )
    assert.deepEqual(await bed.manifests.advice(bed.here, V1), [])
    await assert.rejects(bed.manifests.advice(bed.elsewhere, V1), isMissing('name=m not found'))
  })

  test('is of a hundred scanners at most', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { version } = await registered(bed, FILES)
    const advise = (scanner: string) =>
      bed.manifests.advise(bed.here, {
        ...V1,
        scanner,
        scannerVersion: '1',
        manifestDigest: version.manifest.digest!,
        verdict: 'clean',
        findings: [],
      })
    for (let i = 0; i < 100; i++) await advise(`s${i}`)
    await assert.rejects(advise('one more'), isInvalid('100 scanners'))
    await advise('s7')
    assert.equal((await bed.manifests.advice(bed.here, V1)).length, 100)
  })
})

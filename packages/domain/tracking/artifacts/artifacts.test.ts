import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caller, countingIds, Problem, type ProblemCode } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine, type OpenTestDatabase } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit, readEvents } from '../../events/index.ts'
import { NOTHING_METERED } from '../deps.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { makeGrants } from './grants.ts'
import { makeArtifacts } from './make-artifacts.ts'

async function* body(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

const isProblem = (code: ProblemCode) => (error: unknown) => error instanceof Problem && error.code === code
const isMissing = isProblem('RESOURCE_DOES_NOT_EXIST')
const isInvalid = isProblem('INVALID_PARAMETER_VALUE')
const isDenied = isProblem('PERMISSION_DENIED')

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** A caller who sees no experiment but these. */
const seeing = (caller: Caller, ...keys: number[]): Caller => ({
  ...caller,
  readable: () => ({ kind: 'only', keys }),
})

async function openArtifacts(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-artifacts-'))
  const store = await openLocalArtifactStore(root)
  const tracking = await openTracking(db)
  let time = 1_700_000_000_000
  const clock = () => time
  const grants = makeGrants({ key: Buffer.alloc(32, 1), clock })
  const reallyEmit = makeEmit({ clock, ids: countingIds(1_000_000) })
  let refusal: Problem | undefined
  const emit: typeof reallyEmit = async (...args) => {
    if (refusal !== undefined) throw refusal
    return reallyEmit(...args)
  }
  const artifacts = makeArtifacts({
    db,
    emit,
    clock,
    store,
    grants,
    meter: NOTHING_METERED,
    findWorkspace: tracking.findWorkspace,
  })
  return {
    ...artifacts,
    tracking,
    store,
    root,
    here: tracking.here,
    elsewhere: tracking.elsewhere,
    later: (ms: number) => {
      time += ms
    },
    /** From now on no transaction of an upload succeeds; with undefined, they do again. */
    refuse: (code: ProblemCode | undefined) => {
      refusal = code === undefined ? undefined : new Problem(code, 'the test says no')
    },
    rows: () =>
      db.read
        .tables<TrackingTables>()
        .selectFrom('artifact_files')
        .select(['workspace_key', 'root', 'path', 'size', 'sha256'])
        .orderBy('root')
        .orderBy('path')
        .execute(),
    events: async () =>
      (await readEvents(db.read, 0, 1000)).filter(({ type }) => type.startsWith('artifact.')),
    /** A new run of the workspace's Default experiment, and the path of its artifacts. */
    async newRun(caller: Caller, experimentId = '0') {
      const { info } = await tracking.runs.create(caller, { experimentId })
      const { path } = await artifacts.findRoot(caller, { runId: info.runId })
      return { runId: info.runId, path }
    },
    /** Deletes a run for good. */
    async removeRun(runId: string) {
      await tracking.runs.delete(tracking.here, { runId })
      await tracking.runs.remove(tracking.here, { runId })
    },
    async text(caller: Caller, path: string) {
      const file = await artifacts.openArtifact(caller, path)
      return Buffer.concat(await file.bytes().toArray()).toString()
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true })
      await db.close()
    },
  }
}

const modules = [accessMigrations, eventsMigrations, trackingMigrations]

eachEngine('artifacts', modules, (open: OpenTestDatabase) => {
  const exam = (sentence: string, run: (it: Awaited<ReturnType<typeof openArtifacts>>) => Promise<void>) =>
    test(sentence, async () => {
      await using it = await openArtifacts(await open())
      await run(it)
    })

  exam('a file that cannot be recorded because the disk is full is not there', async (it) => {
    const { path } = await it.newRun(it.here)
    it.refuse('RESOURCE_EXHAUSTED')
    const refused = it.writeArtifact(it.here, `${path}/a.txt`, body('a'))
    await assert.rejects(refused, isProblem('RESOURCE_EXHAUSTED'))
    await assert.rejects(it.text(it.here, `${path}/a.txt`), isMissing)
  })

  exam('a file that replaced another and cannot be recorded asks to be sent again', async (it) => {
    const { path } = await it.newRun(it.here)
    await it.writeArtifact(it.here, `${path}/a.txt`, body('old'))
    it.refuse('RESOURCE_EXHAUSTED')
    const refused = it.writeArtifact(it.here, `${path}/a.txt`, body('new'))
    await assert.rejects(refused, isProblem('TEMPORARILY_UNAVAILABLE'))
    it.refuse(undefined)
    await it.writeArtifact(it.here, `${path}/a.txt`, body('new'))
    assert.equal((await it.rows())[0]?.sha256, sha256('new'))
  })

  exam('a run keeps files, lists them and gives them back', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    assert.equal(path, `0/${runId}/artifacts`)
    await it.writeArtifact(it.here, `${path}/model/MLmodel`, body('flavors: ', '{}'))
    await it.writeArtifact(it.here, `${path}/a.txt`, body())
    assert.equal(await it.text(it.here, `${path}/model/MLmodel`), 'flavors: {}')
    const { entries } = await it.listArtifacts(it.here, path, { limit: 10 })
    assert.deepEqual(
      entries.map((e) => [e.name, e.kind === 'file' ? e.size : e.kind]),
      [
        ['a.txt', 0],
        ['model', 'folder'],
      ],
    )
    assert.deepEqual(await it.rows(), [
      { workspace_key: it.here.workspace.key, root: path, path: 'a.txt', size: 0, sha256: sha256('') },
      {
        workspace_key: it.here.workspace.key,
        root: path,
        path: 'model/MLmodel',
        size: 11,
        sha256: sha256('flavors: {}'),
      },
    ])
    const written = (await it.events()).map(({ type, subject, after }) => [type, subject, after?.size])
    assert.deepEqual(written, [
      ['artifact.written', `runs/${runId}/artifacts/model/MLmodel`, 11],
      ['artifact.written', `runs/${runId}/artifacts/a.txt`, 0],
    ])
  })

  exam('an artifact of another workspace is not there', async (it) => {
    const { path } = await it.newRun(it.here)
    await it.writeArtifact(it.here, `${path}/f`, body('x'))
    await assert.rejects(it.openArtifact(it.elsewhere, `${path}/f`), isMissing)
    await assert.rejects(it.writeArtifact(it.elsewhere, `${path}/f`, body('y')), isMissing)
    await assert.rejects(it.deleteArtifact(it.elsewhere, `${path}/f`), isMissing)
    await assert.rejects(it.presignDownload(it.elsewhere, `${path}/f`, 60), isMissing)
    await assert.rejects(it.createUpload(it.elsewhere, `${path}/f`, 1), isMissing)
    assert.deepEqual(await it.listArtifacts(it.elsewhere, path, { limit: 9 }), { entries: [] })
    const named = `workspaces/${it.here.workspace.name}/${path}/f`
    await assert.rejects(it.openArtifact(it.elsewhere, named), isInvalid)
    assert.equal(await it.text(it.here, named), 'x')
  })

  exam('who may not see the experiment finds nothing of its runs', async (it) => {
    const { path } = await it.newRun(it.here)
    await it.writeArtifact(it.here, `${path}/f`, body('x'))
    const blind = seeing(it.here)
    await assert.rejects(it.openArtifact(blind, `${path}/f`), isMissing)
    await assert.rejects(it.writeArtifact(blind, `${path}/f`, body('y')), isMissing)
    await assert.rejects(it.deleteArtifact(blind, `${path}/f`), isMissing)
    await assert.rejects(it.listArtifacts(blind, path, { limit: 9 }), isMissing)
    await assert.rejects(it.listArtifacts(blind, '', { limit: 9 }), isMissing)
    await assert.rejects(it.presignDownload(blind, `${path}/f`, 60), isMissing)
    assert.equal(await it.text(it.here, `${path}/f`), 'x')
  })

  const unowned = [
    'f',
    '0/f',
    '0/nobody/artifacts/f',
    '0/models/m-1/artifacts/f',
    '77/traces/tr-1/artifacts/f',
    'artifacts/f',
  ]
  for (const path of unowned) {
    exam(`nothing is kept at ${path}, which has no owner`, async (it) => {
      await assert.rejects(it.writeArtifact(it.here, path, body('x')), isMissing)
      await assert.rejects(it.openArtifact(it.here, path), isMissing)
      await assert.rejects(it.deleteArtifact(it.here, path), isMissing)
      await assert.rejects(it.createUpload(it.here, path, 1), isMissing)
      assert.deepEqual((await it.store.list('', { limit: 9 })).entries, [])
    })
  }

  exam("an owner's folder itself is no file, and folders are not read as files", async (it) => {
    const { path } = await it.newRun(it.here)
    await it.writeArtifact(it.here, `${path}/folder/f`, body('x'))
    await assert.rejects(it.writeArtifact(it.here, path, body('x')), isInvalid)
    await assert.rejects(it.openArtifact(it.here, `${path}/folder`), isInvalid)
    await assert.rejects(it.openArtifact(it.here, path), isInvalid)
    await assert.rejects(it.openArtifact(it.here, `${path}/nothing`), isMissing)
    await assert.rejects(
      it.writeArtifact(it.here, `${path}/folder`, body('x')),
      isProblem('RESOURCE_CONFLICT'),
    )
  })

  exam('logged models and traces keep files under their experiment', async (it) => {
    const { modelId } = await it.tracking.loggedModels.create(it.here, {
      experimentId: '0',
      name: 'm',
    })
    const model = await it.findRoot(it.here, { modelId })
    await it.writeArtifact(it.here, `${model.path}/MLmodel`, body('x'))
    const trace = '0/traces/tr-0123456789abcdef0123456789abcdef/artifacts/traces.json'
    await it.writeArtifact(it.here, trace, body('{}'))
    assert.equal(await it.text(it.here, trace), '{}')
    assert.deepEqual(
      (await it.events()).map(({ subject }) => subject.split('/')[0]),
      ['logged-models', 'traces'],
    )
  })

  exam('a run keeps its place when it moves, and experiments may choose theirs', async (it) => {
    const first = await it.tracking.experiments.create(it.here, {
      name: 'first',
      artifactLocation: 'mlflow-artifacts:///some/models/',
    })
    const run = await it.newRun(it.here, first)
    assert.match(run.path, /^some\/models\/[0-9a-f]{32}\/artifacts$/)
    await it.writeArtifact(it.here, `${run.path}/f`, body('x'))
    await it.tracking.runs.move(it.here, { runIds: [run.runId], experimentId: '0' })
    assert.deepEqual(await it.findRoot(it.here, run), {
      uri: `mlflow-artifacts:///${run.path}`,
      path: run.path,
    })
    assert.equal(await it.text(it.here, `${run.path}/f`), 'x')
    await it.writeArtifact(it.here, 'some/models/traces/tr-1/artifacts/traces.json', body('{}'))
  })

  exam("an experiment cannot reach into another one's run by its location", async (it) => {
    const victim = await it.newRun(it.here)
    const thief = await it.tracking.experiments.create(it.here, {
      name: 'thief',
      artifactLocation: `mlflow-artifacts:/${victim.path}/deep`,
    })
    const run = await it.newRun(it.here, thief)
    const { experimentKey } = { experimentKey: Number(thief) }
    await assert.rejects(it.openArtifact(seeing(it.here, experimentKey), `${run.path}/f`), isMissing)
    await assert.rejects(
      it.writeArtifact(seeing(it.here, experimentKey), `${run.path}/f`, body('x')),
      isMissing,
    )
  })

  exam('artifacts in other stores are never opened', async (it) => {
    const away = await it.tracking.experiments.create(it.here, {
      name: 'away',
      artifactLocation: 's3://bucket/x',
    })
    const { info } = await it.tracking.runs.create(it.here, { experimentId: away })
    await assert.rejects(it.findRoot(it.here, { runId: info.runId }), isInvalid)
  })

  exam('a deleted run still takes and gives its artifacts', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    await it.tracking.runs.delete(it.here, { runId })
    await it.writeArtifact(it.here, `${path}/f`, body('x'))
    assert.equal(await it.text(it.here, `${path}/f`), 'x')
  })

  exam('an upload to a run that is removed meanwhile leaves nothing', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    async function* slow() {
      yield Buffer.from('x')
      await it.removeRun(runId)
    }
    await assert.rejects(it.writeArtifact(it.here, `${path}/f`, slow()), isMissing)
    assert.deepEqual(await it.rows(), [])
    assert.deepEqual((await it.store.list('', { limit: 9 })).entries, [])
  })

  exam('one file, a folder and a whole run are deleted, with one event each', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    for (const name of ['f', 'a/1', 'a/2', 'a/b/3', 'ab', 'a.txt']) {
      await it.writeArtifact(it.here, `${path}/${name}`, body(name))
    }
    await it.deleteArtifact(it.here, `${path}/f`)
    await it.deleteArtifact(it.here, `${path}/a`)
    await it.deleteArtifact(it.here, `${path}/nothing`)
    assert.deepEqual(
      (await it.rows()).map((row) => row.path),
      ['a.txt', 'ab'],
    )
    await it.deleteArtifact(it.here, path)
    assert.deepEqual(await it.rows(), [])
    const deleted = (await it.events()).filter(({ type }) => type === 'artifact.deleted')
    assert.deepEqual(
      deleted.map(({ subject, before }) => [subject, before]),
      [
        [`runs/${runId}/artifacts/f`, { files: 1, bytes: 1 }],
        [`runs/${runId}/artifacts/a`, { files: 3, bytes: 11 }],
        [`runs/${runId}/artifacts`, { files: 2, bytes: 7 }],
      ],
    )
  })

  exam('the files of a removed run go by its address, and nothing less than an owner does', async (it) => {
    const one = await it.newRun(it.here)
    const two = await it.newRun(it.here)
    for (const { path } of [one, two]) await it.writeArtifact(it.here, `${path}/a/f`, body('x'))
    for (const uri of [
      's3://b/x/artifacts',
      'mlflow-artifacts:/',
      'mlflow-artifacts:/0',
      'mlflow-artifacts:/artifacts',
    ]) {
      await it.deleteArtifactsOf(it.here.workspace.key, uri)
    }
    assert.equal((await it.rows()).length, 2)
    await it.deleteArtifactsOf(it.here.workspace.key, `mlflow-artifacts:/${one.path}`)
    assert.deepEqual(
      (await it.rows()).map(({ root }) => root),
      [two.path],
    )
    await assert.rejects(it.openArtifact(it.here, `${one.path}/a/f`), isMissing)
    assert.equal(await it.text(it.here, `${two.path}/a/f`), 'x')
  })

  exam('of many uploads to one path the row tells of the one that stands', async (it) => {
    const { path } = await it.newRun(it.here)
    const texts = Array.from({ length: 12 }, (_, i) => `text ${i}`)
    await Promise.all(texts.map((text) => it.writeArtifact(it.here, `${path}/f`, body(text))))
    const [row, ...others] = await it.rows()
    assert.deepEqual(others, [])
    assert.equal(row?.sha256, sha256(await it.text(it.here, `${path}/f`)))
  })

  exam('a scan brings the table after the store', async (it) => {
    const { path } = await it.newRun(it.here)
    for (const name of ['kept', 'changed', 'gone'])
      await it.writeArtifact(it.here, `${path}/${name}`, body(name))
    const key = `${it.here.workspace.key}/${path}`
    await it.store.write(`${key}/changed`, body('another text'))
    await it.store.delete(`${key}/gone`)
    await it.store.write(`${key}/new/er`, body('new'))
    await it.store.write(`${it.here.workspace.key}/orphan`, body('x'))
    await writeFile(join(it.root, 'beside'), 'not in a workspace')
    assert.deepEqual(await it.rebuildArtifactFiles(it.here), { written: 2, forgotten: 1, orphans: 1 })
    assert.deepEqual(
      (await it.rows()).map((row) => [row.path, row.sha256]),
      [
        ['changed', sha256('another text')],
        ['kept', sha256('kept')],
        ['new/er', sha256('new')],
      ],
    )
    assert.deepEqual(await it.rebuildArtifactFiles(it.here), { written: 0, forgotten: 0, orphans: 1 })
  })

  exam('a signed address gives its one file, until it expires', async (it) => {
    const { path } = await it.newRun(it.here)
    await it.writeArtifact(it.here, `${path}/f`, body('x'))
    const { access, size } = await it.presignDownload(it.here, `${path}/f`, 60)
    assert.equal(size, 1)
    assert.ok('grant' in access)
    const { file, path: signed } = await it.openGranted(it.elsewhere, access.grant)
    assert.equal(signed, `${path}/f`)
    assert.equal(Buffer.concat(await file.bytes().toArray()).toString(), 'x')
    await assert.rejects(it.writeGranted(it.here, access.grant, body('y')), isDenied)
    for (const bent of [
      `x${access.grant}`,
      `${access.grant}x`,
      '',
      '.',
      'a.b',
      access.grant.split('.')[0]!,
    ]) {
      await assert.rejects(it.openGranted(it.here, bent), isDenied)
    }
    it.later(60_001)
    await assert.rejects(it.openGranted(it.here, access.grant), isDenied)
    for (const life of [0, -1, 604_801, 1.5]) {
      await assert.rejects(it.presignDownload(it.here, `${path}/f`, life), isInvalid)
      await assert.rejects(it.presignUpload(it.here, `${path}/f`, life), isInvalid)
    }
    await assert.rejects(it.presignDownload(it.here, `${path}/nothing`, 60), isMissing)
  })

  exam('a signed address takes its one file in the name of whoever asked for it', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    const access = await it.presignUpload(it.here, `${path}/f`, 60)
    assert.ok('grant' in access)
    const stranger: Caller = {
      ...it.elsewhere,
      principal: { kind: 'anonymous', name: 'anonymous' },
      may: () => false,
    }
    await it.writeGranted(stranger, access.grant, body('x'))
    assert.equal(await it.text(it.here, `${path}/f`), 'x')
    assert.equal((await it.events()).at(-1)?.actor, 'user:local-owner')
    await it.removeRun(runId)
    await assert.rejects(it.writeGranted(stranger, access.grant, body('x')), isMissing)
  })

  exam('a file is uploaded in parts', async (it) => {
    const { path, runId } = await it.newRun(it.here)
    const { uploadId, parts } = await it.createUpload(it.here, `${path}/f`, 3)
    const put = async ({ number, access }: (typeof parts)[number]) => {
      assert.ok('grant' in access)
      return { number, etag: (await it.putPart(it.elsewhere, access.grant, body(`part ${number};`))).etag }
    }
    const sent = await Promise.all(parts.toReversed().map(put))
    await assert.rejects(it.completeUpload(it.here, `${path}/f`, uploadId, sent.slice(1)), isInvalid)
    await assert.rejects(
      it.completeUpload(it.here, `${path}/f`, uploadId, [...sent.slice(1), sent[1]!]),
      isInvalid,
    )
    await assert.rejects(it.completeUpload(it.here, `${path}/g`, uploadId, sent), isInvalid)
    await assert.rejects(it.completeUpload(it.here, `${path}/f`, `${uploadId}x`, sent), isDenied)
    await it.completeUpload(it.here, `${path}/f`, uploadId, sent)
    await it.completeUpload(it.here, `${path}/f`, uploadId, sent)
    assert.equal(await it.text(it.here, `${path}/f`), 'part 1;part 2;part 3;')
    assert.equal((await it.rows())[0]?.size, 21)
    assert.equal((await it.events())[0]?.subject, `runs/${runId}/artifacts/f`)
    await assert.rejects(put(parts[0]!), isMissing)
  })

  exam('an aborted or abandoned upload is gone', async (it) => {
    const { path } = await it.newRun(it.here)
    const { uploadId, parts } = await it.createUpload(it.here, `${path}/f`, 1)
    await it.abortUpload(it.here, `${path}/f`, uploadId)
    await it.abortUpload(it.here, `${path}/f`, uploadId)
    const { number, access } = parts[0]!
    assert.ok('grant' in access)
    await assert.rejects(it.putPart(it.here, access.grant, body('x')), isMissing)
    const named = [{ number, etag: sha256('x') }]
    await assert.rejects(it.completeUpload(it.here, `${path}/f`, uploadId, named), isMissing)
    for (const count of [0, -1, 10_001, 1e9, 1.5]) {
      await assert.rejects(it.createUpload(it.here, `${path}/f`, count), isInvalid)
    }
    assert.equal(await it.collectUploads(), 0)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, openVersions } from '../testing/open-versions.ts'

const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const FIXED = { code: 'INVALID_PARAMETER_VALUE', message: 'The files of a registered version never change.' }
const CHANGED = { code: 'RESOURCE_CONFLICT' }
const READING_OF_RUNS = ['experiment.read', 'run.read', 'artifact.read']

/** May read every model, and nothing of any experiment. */
const modelsOnly = (caller: Caller): Caller => ({
  ...caller,
  may: (permission) => !READING_OF_RUNS.includes(permission),
  readable: (kind) => (kind === 'model' ? { kind: 'all' } : { kind: 'only', keys: [] }),
})

eachEngine('a version read by the right to its model', TEST_MIGRATIONS, (open) => {
  for (const source of ['run', 'logged model'] as const) {
    test(`of a ${source} that the caller may not read`, async () => {
      await using db = await open()
      await using bed = await openVersions(db)
      const { here, versions, artifacts } = bed
      await bed.modelNamed('m')
      const files = { ...FILES, 'code/a.py': 'a', 'code/deep/b.py': 'bb' }
      const runId = await bed.runWith(
        here,
        Object.fromEntries(Object.entries(files).map(([path, text]) => [`model/${path}`, text])),
      )
      const modelId = await bed.loggedModelWith(here, files)
      await versions.create(
        here,
        source === 'run'
          ? { name: 'm', source: `runs:/${runId}/model`, runId }
          : { name: 'm', source: `models:/${modelId}`, modelId },
      )
      const id = { name: 'm', version: '1' }
      const told = await versions.downloadUri(here, id)
      assert.match(told, source === 'run' ? /^runs:/ : /^mlflow-artifacts:\/.*models/)
      const blind = modelsOnly(here)
      const location = await versions.downloadUri(blind, id)
      assert.match(location, /^mlflow-artifacts:\/registry\/versions\/[1-9]\d*\/artifacts$/)
      const root = location.replace('mlflow-artifacts:/', '')

      const list = async (folder: string, caller = blind) =>
        (await artifacts.listArtifacts(caller, folder, { limit: 100 })).entries.map((entry) =>
          entry.kind === 'file' ? `${entry.name} ${entry.size}` : `${entry.name}/`,
        )
      assert.deepEqual(await list(root), [
        `MLmodel ${FILES.MLmodel.length}`,
        'code/',
        `model.onnx ${FILES['model.onnx'].length}`,
        `requirements.txt ${Buffer.byteLength(FILES['requirements.txt'])}`,
      ])
      assert.deepEqual(await list(`${root}/code`), ['a.py 1', 'deep/'])
      assert.deepEqual(await list(`${root}/code/deep`), ['b.py 2'])
      assert.deepEqual(await list(`${root}/nothing`), [])
      const first = await artifacts.listArtifacts(blind, root, { limit: 2 })
      const rest = await artifacts.listArtifacts(blind, root, { limit: 9, after: first.next! })
      assert.deepEqual([first.entries.length, rest.entries.length, rest.next], [2, 2, undefined])

      const read = async (path: string, caller = blind) =>
        Buffer.concat(await (await artifacts.openArtifact(caller, path)).bytes().toArray()).toString()
      assert.equal(await read(`${root}/code/deep/b.py`), 'bb')
      const { access, size } = await artifacts.presignDownload(blind, `${root}/model.onnx`, 60)
      assert.equal(size, FILES['model.onnx'].length)
      assert.ok('grant' in access)
      await (await artifacts.openGranted(blind, access.grant)).file.close()

      const nobody: Caller = { ...blind, readable: () => ({ kind: 'only', keys: [] }) }
      for (const caller of [nobody, bed.elsewhere]) {
        await assert.rejects(read(`${root}/MLmodel`, caller), ABSENT)
        await assert.rejects(list(root, caller), ABSENT)
      }
      for (const path of [
        root,
        `${root}/code`,
        `${root}/nothing`,
        'registry/versions/999/artifacts/MLmodel',
      ]) {
        await assert.rejects(read(path), ABSENT, path)
      }
      const confined: Caller = { ...blind, confinement: { runs: new Set([1]), refusal: 'Get a new one.' } }
      await assert.rejects(read(`${root}/MLmodel`, confined), { code: 'UNAUTHENTICATED' })
      // Its files are where they were logged, and by this name nobody writes.
      for (const caller of [here, blind]) {
        await assert.rejects(artifacts.writeArtifact(caller, `${root}/new`, body('x')), FIXED)
        await assert.rejects(artifacts.deleteArtifact(caller, `${root}/MLmodel`), FIXED)
        await assert.rejects(artifacts.createUpload(caller, `${root}/new`, 1), FIXED)
        await assert.rejects(artifacts.presignUpload(caller, `${root}/new`, 60), FIXED)
      }
    })
  }

  test('is what was registered, or is refused', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { here, versions, artifacts } = bed
    await bed.modelNamed('m')
    const runId = await bed.runWith(here, { 'model/MLmodel': FILES.MLmodel, 'model/a': 'a' })
    await versions.create(here, { name: 'm', source: `runs:/${runId}/model`, runId })
    const blind = modelsOnly(here)
    const id = { name: 'm', version: '1' }
    const root = (await versions.downloadUri(blind, id)).replace('mlflow-artifacts:/', '')
    const { path } = await artifacts.findRoot(here, { runId })
    await artifacts.writeArtifact(here, `${path}/model/a`, body('another'))
    await artifacts.writeArtifact(here, `${path}/model/added`, body('x'))
    await assert.rejects(versions.downloadUri(blind, id), CHANGED)
    await assert.rejects(artifacts.openArtifact(blind, `${root}/a`), CHANGED)
    await assert.rejects(artifacts.openArtifact(blind, `${root}/added`), ABSENT)
    const { entries } = await artifacts.listArtifacts(blind, root, { limit: 9 })
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['MLmodel', 'a'],
    )
  })

  test('whoever is denied the artifacts of an experiment does not come to them by the right to a model', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { here, artifacts } = bed
    const runId = await bed.runWith(here, { f: 'x' })
    const { path } = await artifacts.findRoot(here, { runId })
    const denied: Caller = { ...here, may: (permission) => permission !== 'artifact.read' }
    await assert.rejects(artifacts.openArtifact(denied, `${path}/f`), { code: 'PERMISSION_DENIED' })
    await assert.rejects(artifacts.listArtifacts(denied, path, { limit: 9 }), { code: 'PERMISSION_DENIED' })
    await assert.rejects(artifacts.presignDownload(denied, `${path}/f`, 60), { code: 'PERMISSION_DENIED' })
  })
})

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

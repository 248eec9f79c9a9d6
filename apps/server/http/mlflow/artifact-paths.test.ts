import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessMigrations } from '@orrery/domain/access'
import { eventsMigrations } from '@orrery/domain/events'
import { trackingMigrations } from '@orrery/domain/tracking'
import { eachEngine } from '@orrery/drivers/db/testing'
import { REFUSED_PATHS } from './testing/refused-paths.ts'
import { type Answer, serveArtifacts } from './testing/serve-artifacts.ts'

const PROXY = '/api/2.0/mlflow-artifacts'
const MLFLOW = '/api/2.0/mlflow'
const AJAX = '/ajax-api/2.0/mlflow'

type Served = Awaited<ReturnType<typeof serveArtifacts>>

const json = (answer: Answer) => JSON.parse(answer.body.toString())
const encoded = (path: string) => encodeURIComponent(path).replaceAll('%2F', '/')

const modules = [eventsMigrations, accessMigrations, trackingMigrations]

// What the routes do does not depend on the engine; the verbs are tested on both.
eachEngine('the paths of artifacts', modules, (open, engine) => {
  if (engine !== 'sqlite') return

  const exam = (sentence: string, run: (it: Served) => Promise<void>) =>
    test(sentence, async () => {
      await using it = await serveArtifacts(await open())
      await run(it)
    })

  /** Every route that takes a path, with a path to be refused. */
  const takers: Record<string, (it: Served, path: string, runId: string) => Promise<Answer>> = {
    'GET artifacts': (it, path) => it.send('GET', `${PROXY}/artifacts/${path}`),
    'PUT artifacts': (it, path) => it.send('PUT', `${PROXY}/artifacts/${path}`, { body: 'x' }),
    'DELETE artifacts': (it, path) => it.send('DELETE', `${PROXY}/artifacts/${path}`),
    'GET artifacts?path': (it, path) => it.send('GET', `${PROXY}/artifacts?path=${path}`),
    'mpu/create': (it, path) => it.json('POST', `${PROXY}/mpu/create/${path}`, { path: 'f', num_parts: 1 }),
    'mpu/complete': (it, path) =>
      it.json('POST', `${PROXY}/mpu/complete/${path}`, {
        path: 'f',
        upload_id: 'x',
        parts: [{ part_number: 1, etag: 'x' }],
      }),
    'mpu/abort': (it, path) => it.json('POST', `${PROXY}/mpu/abort/${path}`, { path: 'f', upload_id: 'x' }),
    presigned: (it, path) => it.send('GET', `${PROXY}/presigned/${path}`),
    'artifacts/list': (it, path, run) =>
      it.send('GET', `${MLFLOW}/artifacts/list?run_id=${run}&path=${path}`),
    'get-artifact': (it, path, run) => it.send('GET', `/get-artifact?run_id=${run}&path=${path}`),
    'upload-artifact': (it, path, run) =>
      it.send('POST', `${AJAX}/upload-artifact?run_uuid=${run}&path=${path}`, { body: 'x' }),
    'presigned-upload-url': (it, path, run) =>
      it.json('POST', `${MLFLOW}/artifacts/presigned-upload-url`, {
        run_id: run,
        path: decodeURIComponent(path),
      }),
    'presigned-download-url': (it, path, run) =>
      it.json('POST', `${MLFLOW}/artifacts/presigned-download-url`, {
        run_id: run,
        path: decodeURIComponent(path),
      }),
    'logged-models directories': (it, path) =>
      it.send('GET', `${MLFLOW}/logged-models/m-1/artifacts/directories?artifact_directory_path=${path}`),
    'logged-models files': (it, path) =>
      it.send('GET', `${AJAX}/logged-models/m-1/artifacts/files?artifact_file_path=${path}`),
  }

  // Listing takes the root and a slash at the end, deleting and opening an upload the latter.
  const HARMLESS_IN: Record<string, readonly string[]> = {
    'GET artifacts?path': ['', 'a/'],
    'artifacts/list': ['', 'a/'],
    'logged-models directories': ['', 'a/'],
    'DELETE artifacts': ['a/'],
    'mpu/create': ['a/', ''],
    'mpu/complete': ['a/', ''],
    'mpu/abort': ['a/', ''],
  }

  for (const [route, take] of Object.entries(takers)) {
    exam(`${route} refuses every path trick and writes nothing`, async (it) => {
      const { runId } = await it.newRun()
      for (const path of REFUSED_PATHS) {
        if (!path.isWellFormed() || HARMLESS_IN[route]?.includes(path)) continue
        const answer = await take(it, encoded(path), runId)
        assert.equal(
          answer.status,
          400,
          `${JSON.stringify(path.slice(0, 60))}: ${answer.status} ${answer.body}`,
        )
        const { error_code, message } = json(answer)
        assert.match(error_code, /^(INVALID_PARAMETER_VALUE|BAD_REQUEST)$/)
        assert.doesNotMatch(message, /orrery-artifacts|node_modules|\.ts:/)
      }
      assert.deepEqual(await it.keys(), [])
    })
  }

  exam('what a run could not name is not stored below it either', async (it) => {
    const { path, runId } = await it.newRun()
    for (const name of REFUSED_PATHS) {
      if (!name.isWellFormed()) continue
      const put = await it.send('PUT', `${PROXY}/artifacts/${path}/${encoded(name)}`, { body: 'x' })
      assert.equal(put.status, 400, JSON.stringify(name.slice(0, 60)))
    }
    const parts = { path: 'f', num_parts: 1 }
    assert.equal((await it.json('POST', `${PROXY}/mpu/create/${path}/~`, parts)).status, 400)
    // As long as a path may be, and too long with the run's own in front.
    const long = `${'z'.repeat(200)}/`.repeat(5).slice(0, 1000 - 30)
    const url = `${AJAX}/upload-artifact?run_uuid=${runId}&path=${long}`
    assert.equal((await it.send('POST', url, { body: 'x' })).status, 400)
    assert.deepEqual(await it.keys(), [])
  })

  exam('paths that were not even encoded reach nothing', async (it) => {
    const { path } = await it.newRun()
    await it.send('PUT', `${PROXY}/artifacts/${path}/f`, { body: 'x' })
    for (const trick of [
      '../f',
      '../../../../../etc/passwd',
      '..%2f..%2fetc/passwd',
      '%2e%2e/f',
      './f',
      '/f',
      '.%2e/f',
    ]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await it.send(method, `${PROXY}/artifacts/${path}/${trick}`, {
          body: method === 'PUT' ? 'y' : '',
        })
        assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${trick}: ${answer.status}`)
      }
    }
    assert.equal((await it.send('GET', `${PROXY}/artifacts/${path}/f`)).body.toString(), 'x')
  })
})

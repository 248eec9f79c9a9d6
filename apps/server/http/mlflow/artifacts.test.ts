import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { accessMigrations } from '@orrery/domain/access'
import { eventsMigrations } from '@orrery/domain/events'
import { trackingMigrations } from '@orrery/domain/tracking'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type Answer, serveArtifacts } from './testing/serve-artifacts.ts'

const PROXY = '/api/2.0/mlflow-artifacts'
const MLFLOW = '/api/2.0/mlflow'
const AJAX = '/ajax-api/2.0/mlflow'

type Served = Awaited<ReturnType<typeof serveArtifacts>>

const json = (answer: Answer) => JSON.parse(answer.body.toString())
const base64 = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('base64')

/** The path and query of an absolute URL. */
function local(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

const modules = [eventsMigrations, accessMigrations, trackingMigrations]

// What the routes do does not depend on the engine; the verbs are tested on both.
eachEngine('the routes of artifacts', modules, (open, engine) => {
  if (engine !== 'sqlite') return

  const exam = (sentence: string, run: (it: Served) => Promise<void>, basePath?: string) =>
    test(sentence, async () => {
      await using it = await serveArtifacts(await open(), basePath)
      await run(it)
    })

  exam('a file is stored, listed and read as MLflow’s client does', async (it) => {
    const { path, runId } = await it.newRun()
    const put = await it.send('PUT', `${PROXY}/artifacts/${path}/deep/f.txt`, {
      body: 'hello',
      headers: { 'content-type': 'text/html' },
    })
    assert.deepEqual([put.status, put.body.length], [200, 0])
    await it.send('PUT', `${PROXY}/artifacts/${path}/empty`, { headers: { 'transfer-encoding': 'chunked' } })

    assert.deepEqual(json(await it.send('GET', `${PROXY}/artifacts?path=${path}`)), {
      files: [
        { path: 'deep', is_dir: true },
        { path: 'empty', is_dir: false },
      ],
    })
    assert.deepEqual(json(await it.send('GET', `${PROXY}/artifacts?path=${path}/deep/`)), {
      files: [{ path: 'f.txt', is_dir: false, file_size: 5 }],
    })
    for (const nothing of [`${path}/deep/f.txt`, `${path}/nope`]) {
      assert.deepEqual(json(await it.send('GET', `${PROXY}/artifacts?path=${nothing}`)), {})
    }
    assert.deepEqual(json(await it.send('GET', `${MLFLOW}/artifacts/list?run_id=${runId}&path=deep`)), {
      root_uri: `mlflow-artifacts:/${path}`,
      files: [{ path: 'deep/f.txt', is_dir: false, file_size: 5 }],
    })
    assert.deepEqual(json(await it.send('GET', `${AJAX}/artifacts/list?run_uuid=${runId}&path=nope`)), {
      root_uri: `mlflow-artifacts:/${path}`,
    })

    for (const where of [
      `${PROXY}/artifacts/${path}/deep/f.txt`,
      `/get-artifact?run_uuid=${runId}&path=deep/f.txt`,
    ]) {
      const got = await it.send('GET', where)
      assert.equal(got.body.toString(), 'hello')
      assert.equal(got.headers['content-length'], '5')
      assert.equal(got.headers['content-type'], 'text/plain; charset=utf-8')
    }
    assert.equal((await it.send('GET', `${PROXY}/artifacts/${path}/empty`)).headers['content-length'], '0')
    assert.deepEqual(json(await it.send('DELETE', `${PROXY}/artifacts/${path}/deep`)), {})
    assert.equal((await it.send('GET', `${PROXY}/artifacts/${path}/deep/f.txt`)).status, 404)
    assert.equal((await it.send('DELETE', `${PROXY}/artifacts/${path}/`)).status, 200)
    assert.deepEqual(await it.keys(), [])
  })

  exam('a stored page is harmless', async (it) => {
    const { path } = await it.newRun()
    const name = 'e"vil\';é.html'
    const url = `${PROXY}/artifacts/${path}/${encodeURIComponent(name)}`
    await it.send('PUT', url, { body: '<script>alert(1)</script>', headers: { 'content-type': 'text/html' } })
    const { headers } = await it.send('GET', url)
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'")
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(
      headers['content-disposition'],
      `attachment; filename="e_vil';_.html"; filename*=UTF-8''e%22vil%27%3B%C3%A9.html`,
    )
  })

  exam('ranges and conditions are answered as HTTP asks', async (it) => {
    const { path } = await it.newRun()
    const url = `${PROXY}/artifacts/${path}/f`
    await it.send('PUT', url, { body: '0123456789' })
    const whole = await it.send('GET', url)
    const { etag, 'last-modified': modified } = whole.headers as Record<string, string>
    assert.equal(whole.headers['accept-ranges'], 'bytes')
    const many = `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join(',')}`
    const rows: [Record<string, string>, number, string][] = [
      [{ range: 'bytes=0-0' }, 206, '0'],
      [{ range: 'bytes=1-2' }, 206, '12'],
      [{ range: 'bytes=-1' }, 206, '9'],
      [{ range: 'bytes=-99' }, 206, '0123456789'],
      [{ range: 'bytes=7-' }, 206, '789'],
      [{ range: 'bytes=0-99999999999' }, 206, '0123456789'],
      [{ range: 'bytes=5-1' }, 200, '0123456789'],
      [{ range: 'bytes=-' }, 200, '0123456789'],
      [{ range: 'lines=1-2' }, 200, '0123456789'],
      [{ range: many }, 200, '0123456789'],
      [{ range: 'bytes=1-2', 'if-range': etag! }, 206, '12'],
      [{ range: 'bytes=1-2', 'if-range': '"old"' }, 200, '0123456789'],
      [{ 'if-none-match': etag! }, 304, ''],
      [{ 'if-none-match': `"old", W/${etag}` }, 304, ''],
      [{ 'if-none-match': '*' }, 304, ''],
      [{ 'if-none-match': '"old"', 'if-modified-since': modified! }, 200, '0123456789'],
      [{ 'if-modified-since': modified! }, 304, ''],
      [{ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 200, '0123456789'],
      [{ 'if-modified-since': 'nonsense' }, 200, '0123456789'],
    ]
    for (const [headers, status, text] of rows) {
      const answer = await it.send('GET', url, { headers })
      assert.deepEqual([answer.status, answer.body.toString()], [status, text], JSON.stringify(headers))
    }
    for (const range of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
      const answer = await it.send('GET', url, { headers: { range } })
      assert.deepEqual([answer.status, answer.headers['content-range']], [416, 'bytes */10'])
      assert.equal(json(answer).error_code, 'RANGE_NOT_SATISFIABLE')
    }
    const head = await it.send('HEAD', url, { headers: { range: 'bytes=1-2' } })
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [206, '2', 0])
    assert.equal(head.headers['content-range'], 'bytes 1-2/10')
    await it.send('PUT', url, { body: '0123456789' })
    assert.notEqual((await it.send('GET', url)).headers.etag, etag)
  })

  exam('a body is stored only if it has the checksums that came with it', async (it) => {
    const { path } = await it.newRun()
    const url = `${PROXY}/artifacts/${path}/f`
    const wrong: Record<string, string>[] = [
      { 'content-md5': base64('md5', 'else') },
      { 'content-md5': 'nonsense' },
      { 'x-amz-checksum-sha256': base64('sha256', 'else') },
      { digest: `md5=x, sha-256=${base64('sha256', 'else')}` },
      { 'content-digest': `sha-256=:${base64('sha256', 'else')}:` },
      { 'repr-digest': 'sha-256=:x:' },
    ]
    for (const headers of wrong) {
      const answer = await it.send('PUT', url, { body: 'hello', headers })
      assert.deepEqual([answer.status, json(answer).error_code], [400, 'INVALID_PARAMETER_VALUE'])
    }
    assert.deepEqual(await it.keys(), [])
    const right = {
      'content-md5': base64('md5', 'hello'),
      'x-amz-checksum-sha256': base64('sha256', 'hello'),
      digest: `SHA-256=${base64('sha256', 'hello')}`,
    }
    assert.equal((await it.send('PUT', url, { body: 'hello', headers: right })).status, 200)
  })

  exam('a part of a file, or a file that was packed for the way, is not stored as the file', async (it) => {
    const { path, runId } = await it.newRun()
    const asked = { run_id: runId, path: 'f' }
    const signed = json(await it.json('POST', `${MLFLOW}/artifacts/presigned-upload-url`, asked))
    const create = await it.json('POST', `${PROXY}/mpu/create/${path}`, { path: 'f', num_parts: 1 })
    const ways = [
      ['PUT', `${PROXY}/artifacts/${path}/f`],
      ['PUT', local(signed.presigned_url)],
      ['PUT', local(json(create).credentials[0].url)],
      ['POST', `${AJAX}/upload-artifact?run_uuid=${runId}&path=f`],
    ] as const
    const refused = [
      [{ 'content-range': 'bytes 0-1/10' }, /Content-Range .*Send the whole file/],
      [{ 'content-encoding': 'gzip' }, /'gzip'.*Send the file without Content-Encoding/],
    ] as const
    for (const [method, url] of ways) {
      for (const [headers, says] of refused) {
        const answer = await it.send(method, url, { body: 'ab', headers })
        assert.deepEqual([answer.status, json(answer).error_code], [400, 'INVALID_PARAMETER_VALUE'], url)
        assert.match(json(answer).message, says)
      }
    }
    assert.deepEqual(await it.keys(), [])
    const headers = { 'content-encoding': 'identity' }
    for (const [method, url] of ways) {
      assert.equal((await it.send(method, url, { body: 'ab', headers })).status, 200, url)
    }
  })

  /** Speaks HTTP by hand. @returns what came back until the server hung up or the line was quiet */
  async function speak(port: number, text: string, hangUp: boolean): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => {})
    socket.write(text)
    if (hangUp) {
      await wait(30)
      socket.destroy()
    } else await new Promise((resolve) => socket.on('close', resolve))
    return heard
  }

  exam('an upload that is cut off leaves nothing, and the server goes on', async (it) => {
    const { path } = await it.newRun()
    const url = `${PROXY}/artifacts/${path}/f`
    const head = `PUT ${url} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
    await speak(it.port, `${head}Content-Length: 10\r\n\r\n12345`, true)
    await speak(it.port, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n`, true)
    const heard = await speak(it.port, `${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n`, false)
    assert.match(heard, /^HTTP\/1\.1 400 /)
    await noHalfFiles(it)
    assert.deepEqual(await it.keys(), [])
    const more = await speak(it.port, `${head}Content-Length: 5\r\n\r\n1234567890\r\n\r\n`, false)
    assert.match(more, /HTTP\/1\.1 400 /)
    await noHalfFiles(it)
  })

  /** The server hears of a cut line a moment later. */
  async function noHalfFiles(it: Served): Promise<void> {
    for (let i = 0; i < 12_000 && (await halfFiles(it)) > 0; i++) await wait(10)
    assert.equal(await halfFiles(it), 0)
  }

  async function halfFiles({ root }: Served): Promise<number> {
    const benches = await readdir(join(root, '.tmp'))
    const files = await Promise.all(benches.map((bench) => readdir(join(root, '.tmp', bench))))
    return files.flat().length
  }

  exam('many uploads to one path leave one of them, whole', async (it) => {
    const { path } = await it.newRun()
    const url = `${PROXY}/artifacts/${path}/f`
    const bodies = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(300_000))
    const answers = await Promise.all(bodies.map((body) => it.send('PUT', url, { body })))
    assert.ok(answers.every(({ status }) => status === 200))
    assert.ok(bodies.includes((await it.send('GET', url)).body.toString()))
  })

  exam('a refused upload is answered, not cut', async (it) => {
    const body = Buffer.alloc(5_000_000)
    const answer = await it.send('PUT', `${PROXY}/artifacts/0/nobody/artifacts/f`, { body })
    assert.deepEqual([answer.status, json(answer).error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])
    const { path } = await it.newRun()
    const broken = { 'content-md5': base64('md5', 'else') }
    assert.equal(
      (await it.send('PUT', `${PROXY}/artifacts/${path}/f`, { body, headers: broken })).status,
      400,
    )
  })

  exam('the web UI uploads to a run, up to ten megabytes', async (it) => {
    const { path, runId } = await it.newRun()
    const url = `${AJAX}/upload-artifact?run_uuid=${runId}&path=ui/h.txt`
    assert.equal((await it.send('POST', url, { body: 'hello' })).status, 200)
    assert.equal(
      (await it.send('GET', `/get-artifact?run_id=${runId}&path=ui/h.txt`)).body.toString(),
      'hello',
    )
    const chunked = { 'transfer-encoding': 'chunked' }
    const tooLong = Buffer.alloc(10 * 1024 * 1024 + 1)
    for (const headers of [undefined, chunked]) {
      const answer = await it.send('POST', url, {
        body: tooLong,
        ...(headers === undefined ? {} : { headers }),
      })
      assert.deepEqual(
        [answer.status, json(answer).message],
        [400, 'Artifact size is too large. Max size is 10MB.'],
      )
    }
    const rows = [
      [url, 'Request must specify data.'],
      [`${AJAX}/upload-artifact?path=f`, 'Request must specify run_uuid.'],
      [`${AJAX}/upload-artifact?run_uuid=${runId}`, 'Request must specify path.'],
    ] as const
    for (const [where, message] of rows) assert.equal(json(await it.send('POST', where)).message, message)
    assert.deepEqual(await it.keys(), [`1/${path}/ui/h.txt`])
  })

  exam('parts go to signed addresses and become one file', async (it) => {
    const { path } = await it.newRun()
    const create = await it.json('POST', `${PROXY}/mpu/create/${path}/big`, {
      path: 'C:\\data\\f.bin',
      num_parts: '2',
    })
    assert.equal(create.status, 200, create.body.toString())
    const { upload_id, credentials } = json(create)
    const parts = []
    for (const { url, part_number, headers } of credentials) {
      assert.ok(url.startsWith(`http://127.0.0.1:${it.port}/api/orrery/v1/signed-artifacts/parts?grant=`))
      const put = await it.send('PUT', local(url), { body: `part ${part_number};`, headers })
      parts.push({ part_number, etag: put.headers.etag, url })
    }
    const message = { path: '/anywhere/f.bin', upload_id, parts }
    const complete = await it.json('POST', `${PROXY}/mpu/complete/${path}/big`, message)
    assert.deepEqual([complete.status, json(complete)], [200, {}])
    assert.equal(
      (await it.send('GET', `${PROXY}/artifacts/${path}/big/f.bin`)).body.toString(),
      'part 1;part 2;',
    )
    assert.deepEqual(
      json(await it.json('POST', `${PROXY}/mpu/abort/${path}/big`, { path: 'f.bin', upload_id })),
      {},
    )
    for (const num_parts of [0, -1, 10_001, 1_000_000_000]) {
      assert.equal(
        (await it.json('POST', `${PROXY}/mpu/create/${path}`, { path: 'f', num_parts })).status,
        400,
      )
    }
    assert.equal((await it.send('POST', `${PROXY}/mpu/create/${path}`, { body: '{}' })).status, 400)
  })

  for (const [base, workspace] of [
    ['', 'default'],
    ['/ml', 'team-a'],
  ] as const) {
    exam(
      `signed addresses work as they are given out (${base || 'no base path'}, ${workspace})`,
      async (it) => {
        const { path, runId } = await it.newRun(workspace)
        const at = workspace === 'default' ? '' : `/workspaces/${workspace}`
        const asked = await it.json('POST', `${at}${MLFLOW}/artifacts/presigned-upload-url`, {
          run_id: runId,
          path: 'f.txt',
        })
        const { presigned_url } = json(asked)
        const put = await fetch(presigned_url, { method: 'PUT', body: 'hello' })
        assert.equal(put.status, 200)

        const inStore = json(await it.send('GET', `${at}${PROXY}/presigned/${path}/f.txt`))
        assert.equal(inStore.file_size, 5)
        const ofRun = json(
          await it.json('POST', `${at}${MLFLOW}/artifacts/presigned-download-url`, {
            run_id: runId,
            path: 'f.txt',
            expiration: 60,
          }),
        )
        assert.equal(ofRun.file_size, 5)
        for (const url of [inStore.url, ofRun.presigned_url]) {
          assert.ok(url.startsWith(`http://127.0.0.1:${it.port}${base}${at}/api/orrery/v1/`))
          const got = await fetch(url, { headers: { range: 'bytes=1-2' } })
          assert.deepEqual([got.status, await got.text()], [206, 'el'])
          assert.equal((await fetch(url, { method: 'PUT', body: 'x' })).status, 403)
          assert.equal((await fetch(`${url}x`)).status, 403)
        }
        assert.equal((await fetch(presigned_url)).status, 403)
        const late = { run_id: runId, path: 'f.txt', expiration: 604_801 }
        assert.equal(
          (await it.json('POST', `${at}${MLFLOW}/artifacts/presigned-download-url`, late)).status,
          400,
        )
      },
      base,
    )
  }

  exam('another workspace’s artifacts are not there', async (it) => {
    const { path, runId } = await it.newRun('team-a')
    const there = '/workspaces/team-a'
    await it.send('PUT', `${there}${PROXY}/artifacts/${path}/f`, { body: 'x' })
    assert.equal((await it.send('GET', `${there}${PROXY}/artifacts/${path}/f`)).status, 200)
    for (const url of [
      `${PROXY}/artifacts/${path}/f`,
      `${PROXY}/presigned/${path}/f`,
      `/get-artifact?run_id=${runId}&path=f`,
    ]) {
      assert.equal((await it.send('GET', url)).status, 404)
    }
    assert.equal((await it.send('PUT', `${PROXY}/artifacts/${path}/f`, { body: 'y' })).status, 404)
    assert.equal((await it.send('GET', `${PROXY}/artifacts/workspaces/team-a/${path}/f`)).status, 400)
  })

  exam('a long folder is listed as a stream, and in pages where there are tokens', async (it) => {
    const { path, runId } = await it.newRun()
    const names = Array.from({ length: 25 }, (_, i) => `f${String(i).padStart(2, '0')}`)
    for (const name of names) await it.send('PUT', `${PROXY}/artifacts/${path}/${name}`, { body: 'x' })
    const first = json(
      await it.send(
        'GET',
        `${MLFLOW}/artifacts/list?run_id=${runId}&page_token=${Buffer.from('f20').toString('base64url')}`,
      ),
    )
    assert.deepEqual(
      first.files.map((file: { path: string }) => file.path),
      names.slice(21),
    )
  })
})

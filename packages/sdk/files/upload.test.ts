import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OrreryError } from '../index.ts'
import { json, problem, type Reply, type Seen, withReplies } from '../testing/fake-fetch.ts'

const owner = { run_id: 'r' }

/** A server that takes uploads in parts; `refuse` may answer a request otherwise. */
function taking(refuse: (seen: Seen) => Response | undefined = () => undefined) {
  const parts = new Map<string, string>()
  const reply: Reply = (seen) => {
    const { url, text } = seen
    const refused = refuse(seen)
    if (refused !== undefined) return refused
    if (url.pathname.endsWith('runs/get')) {
      return Response.json({ run: { info: { artifact_uri: 'mlflow-artifacts:/0/r/artifacts' } } })
    }
    if (url.pathname.includes('/mpu/create/')) {
      const { num_parts } = JSON.parse(text) as { num_parts: number }
      const credentials = Array.from({ length: num_parts }, (_, i) => ({
        url: `http://parts.test/${i + 1}?grant=g`,
        part_number: i + 1,
        headers: {},
      }))
      return Response.json({ upload_id: 'u', credentials })
    }
    if (url.hostname === 'parts.test') {
      parts.set(url.pathname, text)
      return new Response(null, { headers: { etag: `"${text}"` } })
    }
    return Response.json({})
  }
  return { ...withReplies([reply], { token: 't' }), parts }
}

const names = (seen: readonly Seen[]) =>
  seen.map(
    ({ method, url }) =>
      `${method} ${url.hostname === 'parts.test' ? 'part' : url.pathname.split('/').slice(4).join('/')}`,
  )

test('a small file goes in one piece, whatever it is made of', async () => {
  const { orrery, seen } = taking()
  const bodies = [new Blob(['abc']), new TextEncoder().encode('abc'), 'abc', async () => new Blob(['abc'])]
  for (const body of bodies) {
    assert.deepEqual(await orrery.files.upload(owner, 'a/b.txt', body), { path: 'a/b.txt', size: 3 })
  }
  assert.deepEqual(
    seen.slice(1).map(({ text }) => text),
    ['abc', 'abc', 'abc', 'abc'],
  )
  assert.equal(seen[1]!.url.pathname, '/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/a/b.txt')
})

test('the size of text is that of its bytes', async () => {
  assert.equal((await taking().orrery.files.upload(owner, 'a', 'ü€')).size, 5)
})

test('a stream goes in one piece, however long it is', async () => {
  const { orrery, seen } = taking()
  const body = new Blob(['0123456789']).stream() as ReadableStream<Uint8Array>
  assert.deepEqual(await orrery.files.upload(owner, 'a', body, { partBytes: 4 }), {
    path: 'a',
    size: undefined,
  })
  assert.deepEqual(names(seen).slice(1), ['PUT artifacts/0/r/artifacts/a'])
})

test('a large file goes in parts, to the addresses that the server gives, without our token', async () => {
  const { orrery, seen, parts } = taking()
  await orrery.files.upload(owner, 'model/w.bin', '0123456789', { partBytes: 4 })
  assert.deepEqual(Object.fromEntries(parts), { '/1': '0123', '/2': '4567', '/3': '89' })
  const [, create, ...rest] = seen
  assert.equal(create!.url.pathname, '/api/2.0/mlflow-artifacts/mpu/create/0/r/artifacts/model')
  for (const part of rest.slice(0, 3)) {
    assert.equal(part.headers.get('authorization'), null)
    assert.equal(part.headers.get('x-requested-with'), null)
  }
  const complete = rest.at(-1)!
  assert.equal(complete.url.pathname, '/api/2.0/mlflow-artifacts/mpu/complete/0/r/artifacts/model')
  assert.deepEqual(JSON.parse(complete.text), {
    path: 'w.bin',
    upload_id: 'u',
    parts: ['0123', '4567', '89'].map((text, i) => ({ part_number: i + 1, etag: `"${text}"` })),
  })
})

test('a part is sent again by itself', async () => {
  let failures = 0
  const { orrery, parts, seen } = taking(({ url }) => {
    if (url.pathname !== '/2' || failures++ > 0) return undefined
    return Response.json({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'Away.' }, { status: 503 })
  })
  await orrery.files.upload(owner, 'w', '01234567', { partBytes: 4 })
  assert.equal(parts.get('/2'), '4567')
  assert.equal(seen.filter(({ url }) => url.hostname === 'parts.test').length, 3)
})

test('an upload that fails is forgotten by the server, and the caller hears of the first failure', async () => {
  const { orrery, seen } = taking(({ url }) =>
    url.pathname === '/2'
      ? Response.json({ error_code: 'QUOTA_EXCEEDED', message: 'Full.' }, { status: 403 })
      : undefined,
  )
  await assert.rejects(
    orrery.files.upload(owner, 'a/w', '01234567', { partBytes: 4 }),
    (error) => error instanceof OrreryError && error.code === 'QUOTA_EXCEEDED',
  )
  const last = seen.at(-1)!
  assert.equal(last.url.pathname, '/api/2.0/mlflow-artifacts/mpu/abort/0/r/artifacts/a')
  assert.deepEqual(JSON.parse(last.text), { path: 'w', upload_id: 'u' })
})

test('an upload that is given up is forgotten by the server as well', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const { orrery, seen } = taking(({ url }) => {
    if (url.hostname === 'parts.test') stop.abort(reason)
    return undefined
  })
  await assert.rejects(
    orrery.files.upload(owner, 'w', '01234567', { partBytes: 4, signal: stop.signal }),
    reason,
  )
  assert.match(seen.at(-1)!.url.pathname, /mpu\/abort/)
})

test('a part whose tag was taken out on its way is told', async () => {
  const { orrery } = taking(({ url }) => (url.pathname === '/1' ? new Response(null) : undefined))
  await assert.rejects(orrery.files.upload(owner, 'w', '01234567', { partBytes: 4 }), /has no ETag/)
})

test('many files are counted, each is told, and the run is asked for once', async () => {
  const { orrery, seen } = taking()
  const stored: string[] = []
  async function* files() {
    for (let i = 0; i < 40; i++) yield { path: `f${i}`, body: async () => 'xy' }
  }
  const told = await orrery.files.uploadMany(owner, files(), { onStored: ({ path }) => stored.push(path) })
  assert.deepEqual(told, { files: 40, bytes: 80 })
  assert.equal(new Set(stored).size, 40)
  assert.equal(seen.length, 41)
})

test('the failure of one of many names its file and ends the others', async () => {
  const full = problem(403, 'QUOTA_EXCEEDED', 'Full.')
  const { orrery, seen } = taking((one) =>
    one.url.pathname.endsWith('/f3') ? (full(one) as Response) : undefined,
  )
  const files = Array.from({ length: 500 }, (_, i) => ({ path: `f${i}`, body: 'x' }))
  await assert.rejects(orrery.files.uploadMany(owner, files, { concurrency: 2 }), (error) => {
    assert.ok(error instanceof OrreryError)
    assert.deepEqual([error.code, error.message, error.status], ['QUOTA_EXCEEDED', 'f3: Full.', 403])
    return true
  })
  assert.ok(seen.length < 20, `${seen.length} were sent`)
})

test('a body that cannot be opened is told as it is', async () => {
  const failure = new Error('no such file')
  const body = async () => {
    throw failure
  }
  await assert.rejects(taking().orrery.files.uploadMany(owner, [{ path: 'a', body }]), failure)
})

test('a logged model keeps its files in its own place', async () => {
  const model = json({ model: { info: { artifact_uri: 'mlflow-artifacts:/0/models/m-1/artifacts/' } } })
  const { orrery, seen } = withReplies([model, json({})])
  await orrery.files.upload({ model_id: 'm-1' }, 'MLmodel', 'x')
  assert.equal(seen[1]!.url.pathname, '/api/2.0/mlflow-artifacts/artifacts/0/models/m-1/artifacts/MLmodel')
})

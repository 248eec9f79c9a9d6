import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OrreryError } from '../index.ts'
import { json, problem, type Reply, withReplies } from '../testing/fake-fetch.ts'

const CONTENT = new TextEncoder().encode('0123456789'.repeat(10))
const run = json({ run: { info: { artifact_uri: 'mlflow-artifacts:/0/r/artifacts' } } })
const owner = { run_id: 'r' }

/** Serves `CONTENT` with ranges, and breaks after so many bytes. */
function serving({
  breaksAfter = Number.POSITIVE_INFINITY,
  etag = '"e1"',
  content = CONTENT,
  ends = false,
  late = false,
} = {}): Reply {
  return ({ headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '') ?? []
    const isSame = [null, etag].includes(headers.get('if-range'))
    const isPart = first !== undefined && isSame
    const start = isPart ? Number(first) : 0
    const end = isPart && last !== '' ? Math.min(Number(last) + 1, content.length) : content.length
    const known = {
      etag,
      'content-type': 'text/plain',
      'content-length': String(end - start),
      'x-request-id': 'r',
    }
    let at = start
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const stop = Math.min(end, at + 7, start + breaksAfter)
        if (at < stop) {
          controller.enqueue(content.slice(at, stop))
          at = stop
        } else if ((at === end && !late) || ends) controller.close()
        else controller.error(new TypeError('terminated'))
      },
    })
    return new Response(body, {
      status: isPart ? 206 : 200,
      headers: isPart ? { ...known, 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : known,
    })
  }
}

async function failure(promise: Promise<unknown>): Promise<OrreryError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof OrreryError, String(error))
  return error
}

test('a file is read where its run keeps its files, and where that is is asked for once', async () => {
  const { orrery, seen } = withReplies([run, serving()])
  const file = await orrery.files.download(owner, 'model/a b.bin')
  assert.deepEqual([file.size, file.etag, file.contentType], [100, '"e1"', 'text/plain'])
  assert.deepEqual(await file.bytes(), CONTENT)
  await (await orrery.files.download(owner, 'c')).body.cancel()
  assert.deepEqual(
    seen.map(({ url }) => url.pathname.split('/').slice(-2).join('/')),
    ['runs/get', 'model/a%20b.bin', 'artifacts/c'],
  )
})

for (const ends of [false, true]) {
  test(`a connection that ${ends ? 'ends early' : 'breaks'} is opened again for the rest, as often as it takes`, async () => {
    const { orrery, seen } = withReplies([run, serving({ breaksAfter: 40, ends })])
    const file = await orrery.files.download(owner, 'a')
    assert.deepEqual(await file.bytes(), CONTENT)
    assert.deepEqual(
      seen.slice(2).map(({ headers }) => [headers.get('range'), headers.get('if-range')]),
      [
        ['bytes=40-99', '"e1"'],
        ['bytes=80-99', '"e1"'],
      ],
    )
  })
}

test('a line that breaks behind the last byte has brought the whole file', async () => {
  const { orrery, seen } = withReplies([run, serving({ breaksAfter: CONTENT.length, late: true })])
  assert.deepEqual(await (await orrery.files.download(owner, 'a')).bytes(), CONTENT)
  assert.equal(seen.length, 2)
})

test('a download that is let go in the middle asks for nothing more', async () => {
  const still: Reply = () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(CONTENT.slice(0, 10)) }), {
      headers: { etag: '"e1"', 'content-length': '100' },
    })
  const { orrery, seen, pauses } = withReplies([run, still])
  const { body } = await orrery.files.download(owner, 'a')
  const reader = body.getReader()
  await reader.read()
  const waiting = reader.read()
  await reader.cancel()
  assert.equal((await waiting).done, true)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([seen.length, pauses.length], [2, 0])
})

test('a file that was replaced meanwhile is never sewn together', async () => {
  const { orrery } = withReplies([run, serving({ breaksAfter: 40 }), serving({ etag: '"e2"' })])
  const error = await failure((await orrery.files.download(owner, 'a')).bytes())
  assert.equal(error.code, 'RESOURCE_CONFLICT')
  assert.match(error.message, /replaced/)
})

test('a file that has become shorter was replaced', async () => {
  const short = problem(416, 'RANGE_NOT_SATISFIABLE', 'The asked byte range lies outside the file.')
  const { orrery } = withReplies([run, serving({ breaksAfter: 40 }), short])
  assert.equal((await failure((await orrery.files.download(owner, 'a')).bytes())).code, 'RESOURCE_CONFLICT')
})

test('a file that was deleted meanwhile is missing', async () => {
  const gone = problem(404, 'RESOURCE_DOES_NOT_EXIST', 'No such artifact.')
  const { orrery } = withReplies([run, serving({ breaksAfter: 40 }), gone])
  assert.equal(
    (await failure((await orrery.files.download(owner, 'a')).bytes())).code,
    'RESOURCE_DOES_NOT_EXIST',
  )
})

test('a line that breaks without a byte in between is given up at last', async () => {
  const { orrery, seen } = withReplies([run, serving({ breaksAfter: 40 }), serving({ breaksAfter: 0 })])
  const error = await failure((await orrery.files.download(owner, 'a')).bytes())
  assert.equal(error.code, 'UNREACHABLE')
  assert.equal(seen.length, 2 + 4)
})

test('without a strong tag nobody knows whether it is the same file', async () => {
  const { orrery } = withReplies([run, serving({ breaksAfter: 40, etag: 'W/"e1"' })])
  assert.equal((await failure((await orrery.files.download(owner, 'a')).bytes())).code, 'UNREACHABLE')
})

test('a range is read and, when it breaks, only the rest of it', async () => {
  const { orrery, seen } = withReplies([run, serving({ breaksAfter: 7 })])
  const file = await orrery.files.download(owner, 'a', { range: { start: 5, end: 15 } })
  assert.equal(file.size, 100)
  assert.equal(await file.text(), '5678901234')
  assert.deepEqual(
    seen.slice(1).map(({ headers }) => headers.get('range')),
    ['bytes=5-14', 'bytes=12-14'],
  )
})

test('an answer that is not the range is not taken for it', async () => {
  const whole: Reply = () => new Response('all of it', { headers: { etag: '"e1"' } })
  const { orrery } = withReplies([run, whole])
  for (const range of [{ start: 5 }, { start: 0, end: 3 }]) {
    assert.equal((await failure(orrery.files.download(owner, 'a', { range }))).code, 'NOT_ORRERY')
  }
})

for (const range of [{ start: -1 }, { start: 1.5 }, { start: 3, end: 3 }, { start: 0, end: Number.NaN }]) {
  test(`a range that is none is refused: ${JSON.stringify(range)}`, async () => {
    const { orrery, seen } = withReplies([run])
    assert.equal(
      (await failure(orrery.files.download(owner, 'a', { range }))).code,
      'INVALID_PARAMETER_VALUE',
    )
    assert.equal(seen.length, 0)
  })
}

test('the signal ends a download with its reason, and nothing is asked for again', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const still: Reply = ({ signal }) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(CONTENT.slice(0, 10))
          signal.addEventListener('abort', () => controller.error(signal.reason))
        },
      }),
      { headers: { etag: '"e1"', 'content-length': '100' } },
    )
  const { orrery, seen } = withReplies([run, still])
  const { body } = await orrery.files.download(owner, 'a', { signal: stop.signal })
  const reader = body.getReader()
  assert.equal((await reader.read()).value?.length, 10)
  const next = reader.read()
  stop.abort(reason)
  await assert.rejects(next, reason)
  assert.equal(seen.length, 2)
})

test('files outside the store behind the server are told to be so', async () => {
  const { orrery } = withReplies([json({ run: { info: { artifact_uri: 's3://bucket/r' } } })])
  const error = await failure(orrery.files.download(owner, 'a'))
  assert.match(error.message, /s3:\/\/bucket\/r/)
  assert.match(error.hint!, /credentials/)
})

for (const path of ['', '/a', 'a/', '../b', 'a/./b']) {
  test(`a path that is none of a file is refused: ${JSON.stringify(path)}`, async () => {
    const { orrery, seen } = withReplies([run, serving()])
    assert.equal((await failure(orrery.files.download(owner, path))).code, 'INVALID_PARAMETER_VALUE')
    assert.ok(seen.length <= 1, 'the file was not asked for')
  })
}

test('a run that is not found is asked for again by the next call', async () => {
  const { orrery } = withReplies([problem(404, 'RESOURCE_DOES_NOT_EXIST', 'No run.'), run, serving()])
  assert.equal((await failure(orrery.files.download(owner, 'a'))).code, 'RESOURCE_DOES_NOT_EXIST')
  assert.equal((await (await orrery.files.download(owner, 'a')).bytes()).length, 100)
})

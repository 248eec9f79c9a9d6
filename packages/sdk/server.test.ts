import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../apps/server/http/testing/serve-accounts.ts'
import { type FileOwner, Orrery, OrreryError } from './index.ts'
import { openServer } from './testing/open-server.ts'

/* The client against the whole server, over a socket. */

async function failure(promise: Promise<unknown>): Promise<OrreryError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof OrreryError, String(error))
  return error
}

eachEngine('the client', MIGRATIONS, (open) => {
  test('a run is made, logged to and found, and NaN comes back as NaN', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root } = server
    const run_id = await server.makeRun()
    const points = [Number.NaN, Number.NEGATIVE_INFINITY, 1.5].map((value, step) => ({
      key: `m${step}`,
      value,
      step,
      timestamp: 1,
    }))
    await root.runs.logBatch({ run_id, metrics: points, params: [{ key: 'lr', value: '0.1' }] })
    assert.ok(Number.isNaN(points[0]!.value), 'what was given stays as it was')
    const { runs = [] } = await root.runs.search({ experiment_ids: ['0'], filter: "params.lr = '0.1'" })
    const values = runs[0]!.data.metrics!.toSorted((a, b) => a.step! - b.step!).map(({ value }) => value)
    // MLflow keeps an infinity as the largest double.
    assert.deepEqual(values, [Number.NaN, -Number.MAX_VALUE, 1.5])
    const { metrics = [] } = await root.metrics.getHistory({ run_id, metric_key: 'm0' })
    assert.deepEqual(
      metrics.map(({ value }) => value),
      [Number.NaN],
    )
  })

  test('lists in a query, fields of a DELETE and of a path arrive', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root } = server
    const ids = [await server.makeRun(), await server.makeRun()]
    for (const run_id of ids) await root.runs.logMetric({ run_id, key: 'm', value: 1, timestamp: 1, step: 3 })
    const history = await root.metrics.getHistoryBulkInterval({ run_ids: ids, metric_key: 'm' })
    assert.deepEqual(new Set(history.metrics!.map(({ run_id }) => run_id)), new Set(ids))
    const name = 'a model: 100% / "ü"'.replace(/[/:]/g, '-')
    await root.registeredModels.create({ name })
    await root.registeredModels.setTag({ name, key: 'k', value: 'v' })
    await root.registeredModels.deleteTag({ name, key: 'k' })
    const { registered_model } = await root.registeredModels.get({ name })
    assert.deepEqual([registered_model.name, registered_model.tags ?? []], [name, []])
  })

  test('workspaces are apart, and one call may go to another', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root, elsewhere } = server
    const run_id = await server.makeRun(elsewhere)
    assert.equal((await failure(root.runs.get({ run_id }))).code, 'RESOURCE_DOES_NOT_EXIST')
    assert.equal((await root.runs.get({ run_id }, { workspace: 'elsewhere' })).run.info.run_id, run_id)
    const error = await failure(root.inWorkspace('nowhere').runs.get({ run_id }))
    assert.equal(error.code, 'RESOURCE_DOES_NOT_EXIST')
    assert.match(error.message, /nowhere/)
  })

  test('a wrong token, one that has expired, and none, are told', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const wrong = new Orrery({ url: server.url, token: `${server.token.slice(0, -4)}AAAA` })
    for (const orrery of [wrong, server.stranger]) {
      const error = await failure(orrery.users.current())
      assert.deepEqual([error.code, error.status], ['UNAUTHENTICATED', 401])
      assert.ok(error.requestId)
    }
    const { token } = await server.root.tokens.create({ name: 'short', life_ms: 1_000 })
    const short = new Orrery({ url: server.url, token })
    await short.users.current()
    server.server.time.now += 60_000
    assert.equal((await failure(short.users.current())).code, 'UNAUTHENTICATED')
  })

  test('what was asked wrongly says the field and what is allowed', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root } = server
    const search = await failure(root.runs.search({ experiment_ids: ['0'], max_results: 50_001 }))
    assert.equal(search.code, 'INVALID_PARAMETER_VALUE')
    assert.match(search.message, /max_results/)
    // @ts-expect-error: no version of the server knows such a field
    const unknown = await failure(root.tokens.create({ name: 'x', colour: 'red' }))
    assert.equal(unknown.code, 'INVALID_PARAMETER_VALUE')
    assert.match(unknown.message, /Unknown field 'colour'\. It takes name/)
  })

  test('pages and texts are bytes', async () => {
    await using db = await open()
    await using server = await openServer(db)
    assert.equal(await (await server.stranger.system.health()).text(), 'OK')
    const page = await server.stranger.system.openapi()
    const { openapi } = JSON.parse(await page.text()) as { openapi: string }
    assert.equal(openapi, '3.1.0')
  })

  test('files of runs and logged models come back as they went, whole, in parts, as streams and by the hundred', async () => {
    await using db = await open()
    await using server = await openServer(db)
    for (const orrery of [server.root, server.elsewhere]) {
      const { model } = await orrery.loggedModels.create({ experiment_id: '0', name: 'm' })
      const owners: FileOwner[] = [
        { run_id: await server.makeRun(orrery) },
        { model_id: model.info.model_id },
      ]
      for (const owner of owners) {
        const { files } = orrery
        const content = new Uint8Array(randomBytes(300_000))
        await files.upload(owner, 'a b/whole+100%.bin', content)
        await files.upload(owner, 'parts.bin', content, { partBytes: 70_000 })
        await files.upload(owner, 'stream.bin', new Blob([content]).stream() as ReadableStream<Uint8Array>)
        await files.upload(owner, 'empty', '')
        for (const path of ['a b/whole+100%.bin', 'parts.bin', 'stream.bin']) {
          const file = await files.download(owner, path)
          assert.equal(file.size, content.length)
          assert.ok(Buffer.from(content).equals(await file.bytes()), path)
        }
        assert.equal(await (await files.download(owner, 'empty')).text(), '')
        const part = await files.download(owner, 'parts.bin', { range: { start: 69_990, end: 70_010 } })
        assert.deepEqual(await part.bytes(), content.slice(69_990, 70_010))
        const many = Array.from({ length: 100 }, (_, i) => ({
          path: `many/${i % 7}/${i}.txt`,
          body: `file ${i}`,
        }))
        assert.equal((await files.uploadMany(owner, many)).files, 100)
        const listed = await Array.fromAsync(files.list(owner, '', { recursive: true }))
        assert.equal(listed.length, 104)
        assert.ok(listed.every(({ is_dir }) => !is_dir))
        const folders = await Array.fromAsync(files.list(owner, 'many'))
        assert.deepEqual(
          folders.map(({ path }) => path),
          Array.from({ length: 7 }, (_, i) => `many/${i}`),
        )
      }
    }
  })

  test('events are followed as they happen, over a connection that breaks, each once and in order', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root, elsewhere } = server
    const cuts = [new AbortController(), new AbortController()]
    let connections = 0
    const breaking = new Orrery({
      url: server.url,
      token: server.token,
      pause: async () => {},
      fetch: ((address: string, init: RequestInit) => {
        const cut = address.includes('events/stream') ? cuts[connections++] : undefined
        return fetch(address, cut === undefined ? init : { ...init, signal: cut.signal })
      }) as typeof fetch,
    })
    const types: string[] = []
    const make = (name: string, orrery: Orrery = root) => orrery.experiments.create({ name })
    const live = breaking.live({ types: ['experiment.*'], onOpen: () => opened[connections - 1]!.resolve() })
    const opened = [1, 2, 3].map(() => Promise.withResolvers<void>())
    const told = Promise.withResolvers<void>()
    const following = (async () => {
      for await (const { type, data } of live) {
        types.push(`${type} ${(data.data.after as { name: string }).name} in ${data.data.workspace}`)
        if (types.length === 1) told.resolve()
        if (types.length === 3) break
      }
    })()
    await opened[0]!.promise
    await make('other', elsewhere)
    await make('one')
    await told.promise
    cuts[0]!.abort()
    await make('two')
    await opened[1]!.promise
    await server.makeRun()
    await make('three')
    await following
    assert.deepEqual(
      types,
      ['one', 'two', 'three'].map((name) => `experiment.created ${name} in default`),
    )
  })

  test('a stream ends with what the server says when its token is taken away', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { root } = server
    const { token, details } = await root.tokens.create({ name: 'short' })
    const orrery = new Orrery({ url: server.url, token, pause: async () => {} })
    const opened = Promise.withResolvers<void>()
    const next = orrery
      .live({ types: ['run.*'], onOpen: () => opened.resolve() })
      [Symbol.asyncIterator]()
      .next()
    await opened.promise
    const ended = failure(next)
    await root.tokens.revoke({ id: details.id })
    assert.equal((await ended).code, 'UNAUTHENTICATED')
  })

  test('an upload in parts that is given up leaves no file', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const owner = { run_id: await server.makeRun() }
    const stop = new AbortController()
    const reason = new Error('enough')
    const orrery = new Orrery({
      url: server.url,
      token: server.token,
      fetch: (async (address: string, init: RequestInit) => {
        if (address.includes('/parts?')) setImmediate(() => stop.abort(reason))
        return fetch(address, init)
      }) as typeof fetch,
    })
    const upload = orrery.files.upload(owner, 'w.bin', new Blob([randomBytes(400_000)]), {
      partBytes: 1_000,
      signal: stop.signal,
    })
    await assert.rejects(upload, reason)
    assert.deepEqual(await Array.fromAsync(server.root.files.list(owner)), [])
  })

  test('a run that is not there, and a path that is none, are told by the server', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { files } = server.root
    assert.equal(
      (await failure(files.upload({ run_id: 'f'.repeat(32) }, 'a', 'x'))).code,
      'RESOURCE_DOES_NOT_EXIST',
    )
    const owner = { run_id: await server.makeRun() }
    assert.match((await failure(files.upload(owner, 'a\\b', 'x'))).message, /backslash/)
    assert.equal((await failure(files.download(owner, 'none'))).code, 'RESOURCE_DOES_NOT_EXIST')
    await assert.rejects(Array.fromAsync(files.list(owner, '../..')), OrreryError)
  })
})

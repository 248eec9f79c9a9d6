import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { GROUPS, HOST_COMMANDS } from './groups.ts'
import { someFolder } from './testing/type.ts'

const ROOT = join(import.meta.dirname, '../..')
const started = new Set<ChildProcess>()
after(() => {
  for (const child of started) child.kill('SIGKILL')
})

const config = someFolder()

/** @param file in place of the pipe behind stdout */
function start(
  argv: readonly string[],
  env: Record<string, string> = {},
  node: readonly string[] = [],
  file?: number,
) {
  const child = spawn(process.execPath, [...node, join(ROOT, 'apps/cli/main.ts'), ...argv], {
    env: { ...process.env, ORRERY_CONFIG_DIR: config, ...env },
    stdio: ['ignore', file ?? 'pipe', 'pipe'],
  })
  started.add(child)
  let out = ''
  let err = ''
  child.stdout?.on('data', (piece: Buffer) => {
    out += piece
  })
  child.stderr!.on('data', (piece: Buffer) => {
    err += piece
  })
  const ended = once(child, 'close').then(([code]) => {
    started.delete(child)
    return { code: code as number | null, out, err }
  })
  return { child, ended }
}

const orrery = (...argv: string[]) => start(argv).ended

/** A server of one answer. */
async function serving(answer: (send: (status: number, text: string) => void) => void) {
  const server = createServer((_, response) => {
    answer((status, text) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('--help lists every group and command of the host; help of a verb is found both ways', async () => {
  for (const argv of [['--help'], ['-h'], ['help'], []]) {
    const { code, out, err } = await orrery(...argv)
    assert.deepEqual([code, err], [0, ''])
    for (const name of [...GROUPS.map((group) => group.name), ...Object.keys(HOST_COMMANDS)]) {
      assert.match(out, new RegExp(`^ {2}${name} +\\S`, 'm'))
    }
  }
  for (const words of [['run'], ['-o', 'json', 'run', 'list']]) {
    const [behind, ...before] = await Promise.all([
      orrery(...words, '--help'),
      ...['help', '-h', '--help'].map((word) => orrery(word, ...words)),
    ])
    assert.match(behind.out, /^Usage: orrery run /)
    for (const { code, out } of before) assert.deepEqual([code, out], [0, behind.out])
  }
  assert.equal((await orrery('-h', 'rnu')).code, 2)
  assert.match((await orrery('--version')).out, /^\d+\.\d+\.\d+\n$/)
})

test('--help loads no group, no parser and no contract', async () => {
  const hooks = `data:text/javascript,import{registerHooks}from'node:module';registerHooks({load(url,c,n){process.stderr.write(url+'\\n');return n(url,c)}})`
  const { code, err } = await start(['--help'], {}, ['--import', hooks]).ended
  assert.equal(code, 0)
  const own = err
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) => url.slice(url.indexOf('/apps/') + 1))
  assert.deepEqual(own.sort(), [
    'apps/cli/groups.ts',
    'apps/cli/help.ts',
    'apps/cli/main.ts',
    'apps/cli/package.json',
  ])
})

test('whoever reads the first line and leaves ends it quietly', async () => {
  const runs = Array.from({ length: 20_000 }, (_, i) => ({
    info: { run_id: `r${i}`, run_name: 'x'.repeat(50) },
  }))
  await using server = await serving((send) => send(200, JSON.stringify({ runs })))
  const { child, ended } = start(['run', 'list', '--max-results', '20000', '--url', server.url])
  child.stdout!.once('data', () => child.stdout!.destroy())
  const { code, err } = await ended
  assert.deepEqual([code, err], [0, ''])
})

test('Ctrl-C while a server does not answer ends with 130 at once', async () => {
  let asked: () => void
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  await using server = await serving(() => asked())
  const { child, ended } = start(['run', 'list', '--max-results', '20000', '--url', server.url])
  await isAsked
  child.kill('SIGINT')
  const { code, out, err } = await ended
  assert.deepEqual([code, out, err], [130, '', ''])
})

test('a full disk behind stdout is a sentence, not a stack', { skip: !existsSync('/dev/full') }, async () => {
  await using server = await serving((send) => send(200, '{"runs": []}'))
  const full = openSync('/dev/full', 'w')
  const { ended } = start(['run', 'list', '--url', server.url], {}, [], full)
  const { code, err } = await ended
  closeSync(full)
  assert.equal(code, 1)
  assert.match(err, /^What was asked for cannot be written to stdout: ENOSPC.*\.\n$/)
})

for (const [signal, whose] of [
  ['SIGINT', 'Ctrl-C'],
  ['SIGTERM', 'A pipeline that is cancelled'],
  ['SIGHUP', 'A window that is closed'],
] as const)
  test(`${whose} in the middle of a download leaves no half file`, async () => {
    const folder = someFolder()
    const server = createServer(({ url = '' }, response) => {
      const json = (value: unknown) => response.end(JSON.stringify(value))
      if (url.includes('runs/get'))
        json({ run: { info: { artifact_uri: 'mlflow-artifacts:/0/r/artifacts' } } })
      else if (url.includes('artifacts/list'))
        json({ files: [{ path: 'big', is_dir: false, file_size: 1_000_000 }] })
      else {
        response.writeHead(200, { 'content-length': 1_000_000, etag: '"1"', 'x-request-id': 'r' })
        response.write(Buffer.alloc(100_000))
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { child, ended } = start(['artifact', 'download', 'r'.repeat(32), '--to', folder, '--url', url])
    while (!readdirSync(folder).some((name) => /^\.big\.part-/.test(name))) {
      assert.equal(child.exitCode, null, 'it must still be at it')
      await new Promise((resolve) => setImmediate(resolve))
    }
    child.kill(signal)
    const { code, err } = await ended
    server.closeAllConnections()
    server.close()
    assert.deepEqual([code, err, readdirSync(folder)], [130, '', []])
  })

test('a long answer is written whole to a pipe', async () => {
  const runs = Array.from({ length: 20_000 }, (_, i) => ({ info: { run_id: `r${i}` } }))
  await using server = await serving((send) => send(200, JSON.stringify({ runs })))
  const { code, out } = await orrery(
    'run',
    'list',
    '--max-results',
    '20000',
    '--url',
    server.url,
    '--query',
    'length(@)',
  )
  assert.deepEqual([code, out], [0, '20000\n'])
  const all = await orrery('run', 'list', '--max-results', '20000', '--url', server.url)
  assert.equal(JSON.parse(all.out).length, 20_000)
})

test('./orrery starts it from its compile cache, where nothing is left to strip of types', async () => {
  const atEnd = 'process.on("exit",()=>process.stderr.write(process.moduleLoadList.join("\\n")))'
  const env = {
    ...process.env,
    ORRERY_CONFIG_DIR: config,
    NODE_COMPILE_CACHE: someFolder(),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(atEnd)}`,
  }
  const loaded = async () => {
    const child = spawn(join(ROOT, 'orrery'), ['run', 'list', '--help'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    started.add(child)
    let modules = ''
    child.stderr.on('data', (piece: Buffer) => {
      modules += piece
    })
    const [code] = await once(child, 'close')
    started.delete(child)
    assert.equal(code, 0)
    return modules.split('\n').some((name) => name.includes('amaro'))
  }
  assert.deepEqual([await loaded(), await loaded()], [true, false], 'the stripper of types')
})

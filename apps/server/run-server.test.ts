import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'

const MAIN = join(import.meta.dirname, 'main.ts')
const started = new Set<ChildProcess>()
const folders: string[] = []
after(async () => {
  for (const child of started) child.kill('SIGKILL')
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function home(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-run-'))
  folders.push(folder)
  return folder
}

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

function orrery(...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    started.delete(child)
    return code as number | null
  })
  return { child, output: () => output, ended }
}

async function ready(running: Running): Promise<string> {
  while (!/Stop with/.test(running.output())) {
    await Promise.race([once(running.child.stdout!, 'data'), running.ended])
    if (running.child.exitCode !== null) assert.fail(running.output())
  }
  return /http:\/\/[\w.:]+/.exec(running.output())![0]
}

test('it prints where it is, where the data are and how to connect, and stops when asked', async () => {
  const folder = await home()
  const running = orrery('server', '--port', '0', '--home', folder, '--base-path', '/ml')
  const address = await ready(running)
  assert.match(running.output(), new RegExp(`ready at ${address}/ml`))
  assert.match(running.output(), new RegExp(`data are in ${folder}`))
  assert.match(running.output(), /mlflow\.set_tracking_uri\("http:\/\/127\.0\.0\.1:\d+\/ml"\)/)
  assert.equal(await (await fetch(`${address}/ml/health`)).text(), 'OK')
  assert.equal((await fetch(`${address}/health`)).status, 404)
  running.child.kill('SIGTERM')
  assert.equal(await running.ended, 0)
})

test('requests under way are finished before it stops', async () => {
  const running = orrery('server', '--port', '0', '--home', await home())
  const address = await ready(running)
  const headers = { 'content-type': 'application/json', expect: '100-continue' }
  const call = request(`${address}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers })
  call.flushHeaders()
  // The server has seen the headers once it asks for the body.
  await once(call, 'continue')
  call.write('{"name":')
  running.child.kill('SIGTERM')
  while (!/stopping/.test(running.output())) await once(running.child.stderr!, 'data')
  call.end('"late"}')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  assert.equal(answer.statusCode, 200)
  assert.equal(await running.ended, 0)
})

test('a second signal ends it at once', async () => {
  const running = orrery('server', '--port', '0', '--home', await home())
  const address = new URL(await ready(running))
  const { connect } = await import('node:net')
  const socket = connect(Number(address.port), address.hostname).on('error', () => {})
  const head = [
    'POST /api/2.0/mlflow/experiments/create HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 100',
    'Expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.write('{')
  running.child.kill('SIGINT')
  while (!/stopping/.test(running.output())) await once(running.child.stderr!, 'data')
  running.child.kill('SIGINT')
  assert.equal(await running.ended, 130)
  socket.destroy()
})

async function refused(says: RegExp, ...args: string[]): Promise<void> {
  const { ended, output } = orrery('server', ...args)
  assert.equal(await ended, 1, output())
  assert.match(output(), says)
  assert.doesNotMatch(output(), /\n\s+at /, 'no stack')
}

test('refused: a port in use', async () => {
  const other: Server = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await refused(
    /Another program listens on port \d+ of 127\.0\.0\.1\. .*--port/,
    '--port',
    String(port),
    '--home',
    await home(),
  )
  other.close()
})

test('refused: a home held by another process', async () => {
  const folder = await home()
  const first = orrery('server', '--port', '0', '--home', folder)
  await ready(first)
  await refused(/is in use by another Orrery process \(\d+\)/, '--port', '0', '--home', folder)
  first.child.kill('SIGTERM')
  await first.ended
})

test('refused: a home that is a file, or below one', async () => {
  const file = join(await home(), 'file')
  await writeFile(file, '')
  await refused(/cannot be written.*--home/, '--port', '0', '--home', file)
  await refused(/cannot be written.*--home/, '--port', '0', '--home', join(file, 'below'))
})

test('refused: a home that this user may not write', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async () => {
  const folder = await home()
  await chmod(folder, 0o500)
  await refused(/cannot be written.*--home/, '--port', '0', '--home', folder)
})

test('refused: a home of a newer version', async () => {
  const folder = await home()
  const first = orrery('server', '--port', '0', '--home', folder)
  await ready(first)
  first.child.kill('SIGTERM')
  await first.ended
  const database = new DatabaseSync(join(folder, 'orrery.db'))
  const ledger = database
    .prepare("SELECT name FROM sqlite_master WHERE sql LIKE '%module%number%'")
    .get()?.name
  database.exec(
    `UPDATE "${ledger}" SET number = 9999 WHERE module = 'tracking' AND number = (SELECT max(number) FROM "${ledger}" WHERE module = 'tracking')`,
  )
  database.close()
  await refused(/newer/, '--port', '0', '--home', folder)
})

test('refused: settings that cannot be used, all at once', async () => {
  await refused(/--bas is not a setting[\s\S]*--port is 'x'/, '--port', 'x', '--bas', '--home', await home())
})

test('beyond loopback it asks for accounts by itself, unless one says otherwise', async () => {
  const folder = await home()
  await refused(/give one of the two/, '--auth', '--insecure-no-auth', '--port', '0', '--home', folder)
  const open = orrery('server', '--host', '0.0.0.0', '--insecure-no-auth', '--port', '0', '--home', folder)
  await ready(open)
  assert.match(open.output(), /NO ACCOUNTS/)
  open.child.kill('SIGTERM')
  await open.ended
})

test('asked for accounts, it prints a link for the first administrator, another one at each start', async () => {
  const folder = await home()
  const links: string[] = []
  for (const how of [['--auth'], ['--host', '0.0.0.0'], ['--host=0.0.0.0', '--auth=false']]) {
    const running = orrery('server', ...how, '--port', '0', '--home', folder)
    const address = await ready(running)
    while (!/setup\?link=/.test(running.output())) await once(running.child.stderr!, 'data')
    const [, at, link] = /(http:\/\/\S+)\/setup\?link=([\w-]{43})\n/.exec(running.output())!
    assert.equal(at, address)
    links.push(link!)
    const answer = await fetch(`${address}/api/2.0/mlflow/experiments/search?max_results=1`)
    assert.equal(answer.status, 401)
    assert.equal(running.output().match(new RegExp(link!, 'g'))!.length, 1)
    running.child.kill('SIGTERM')
    assert.equal(await running.ended, 0)
  }
  assert.equal(new Set(links).size, 3)
})

test('an unknown command is refused with the list of commands', async () => {
  const { ended, output } = orrery('serve')
  assert.equal(await ended, 1)
  assert.match(output(), /no command 'serve'[\s\S]*orrery server/)
})

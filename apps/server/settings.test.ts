import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadSettings, readSettings } from './settings.ts'

test('without flags and variables the defaults hold', () => {
  const { port, host, databaseUrl, basePath, allowedHosts, insecureNoAuth, logLevel } = readSettings([], {})
  assert.deepEqual(
    { port, host, databaseUrl, basePath, allowedHosts, insecureNoAuth, logLevel },
    {
      port: 5000,
      host: '127.0.0.1',
      databaseUrl: undefined,
      basePath: '',
      allowedHosts: [],
      insecureNoAuth: false,
      logLevel: 'info',
    },
  )
})

test('a flag wins over its variable', () => {
  const settings = readSettings(
    ['--port', '1', '--base-path=/x', '--insecure-no-auth', '--allowed-hosts', 'a.example,B.example:8080'],
    {
      ORRERY_PORT: '2',
      ORRERY_LOG_LEVEL: 'debug',
      ORRERY_ALLOWED_HOSTS: 'c.example',
    },
  )
  assert.equal(settings.port, 1)
  assert.equal(settings.logLevel, 'debug')
  assert.equal(settings.basePath, '/x')
  assert.equal(settings.insecureNoAuth, true)
  assert.deepEqual(settings.allowedHosts, ['a.example', 'b.example:8080'])
})

test('all faults are told at once, and no password', () => {
  const argv = [
    '--port',
    '70000',
    '--log-level=loud',
    '--prot',
    '--home',
    '--trust-proxy',
    'router',
    '--base-path',
    'x/',
  ]
  assert.throws(
    () => readSettings(argv, { ORRERY_DATABASE_URL: 'mysql://u:hunter2@h/d' }),
    (error) => {
      assert.ok(error instanceof BadSettings)
      assert.doesNotMatch(error.message, /hunter2/)
      assert.deepEqual(
        error.message
          .split('\n')
          .map((line) => line.split(' ')[0])
          .sort(),
        ['--base-path', '--home', '--log-level', '--port', '--prot', '--trust-proxy', 'ORRERY_DATABASE_URL'],
      )
      return true
    },
  )
})

const bad: [flag: string, value: string, says: RegExp][] = [
  ['--port', 'abc', /--port is 'abc': it must be a whole number from 0 to 65535/],
  ['--port', '-1', /whole number/],
  ['--allowed-hosts', 'http://a', /'http:\/\/a' is not a host name/],
  ['--cors-allowed-origins', 'https://a/', /is not an origin/],
  ['--cors-allowed-origins', '*', /is not an origin/],
  ['--base-path', '/a/../b', /must be a path/],
  ['--trust-proxy', '10.0.0.0/99', /is not an address or network/],
  ['--insecure-no-auth=maybe', '', /must be true or false/],
  ['--database-url', 'sqlite:///x', /--database-url is not usable: it must be of the form postgresql/],
]
for (const [flag, value, says] of bad) {
  test(`refused: ${flag} ${value}`, () => {
    assert.throws(() => readSettings(value === '' ? [flag] : [`${flag}=${value}`], {}), says)
  })
}

test('a typo is told with what was meant, in flags and in variables, and its value is no second fault', () => {
  assert.throws(
    () => readSettings(['--prot', '5'], { ORRERY_HOEM: '/data', ORRERY_TEST_ENGINES: 'sqlite' }),
    (error) =>
      error instanceof BadSettings &&
      error.message ===
        '--prot is not a setting. Did you mean --port?\nORRERY_HOEM is not a setting. Did you mean ORRERY_HOME?',
  )
})

test('an unknown flag of a command points to the help of that command', () => {
  assert.throws(() => readSettings(['--bogus'], {}, 'backup'), /See \.\/orrery backup --help\./)
})

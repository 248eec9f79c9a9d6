import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { someFolder } from '../testing/type.ts'
import { configFolder } from './config-folder.ts'
import { openConfigStore } from './config-store.ts'
import { findCredential, placeOf } from './find-credential.ts'

const openIn = (folder: string) => openConfigStore({ ORRERY_CONFIG_DIR: folder })

test('what is written is read again, by the owner alone, and nothing else is left', () => {
  const folder = join(someFolder(), 'deep', 'config')
  const store = openIn(folder)
  assert.deepEqual(store.config(), { profiles: {} })
  assert.deepEqual(store.credentials(), {})
  store.writeConfig({ current: 'a', profiles: { a: { url: 'http://h', defaults: { output: 'tsv' } } } })
  store.writeCredentials({ 'http://h': { token: 't', expires: 1 } })
  assert.deepEqual(openIn(folder).config().profiles.a, { url: 'http://h', defaults: { output: 'tsv' } })
  assert.deepEqual(openIn(folder).credentials(), { 'http://h': { token: 't', expires: 1 } })
  assert.deepEqual(readdirSync(folder).sort(), ['config.json', 'credentials.json'])
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})

test('a folder that cannot be made is named, and not tried for ever', {
  skip: !existsSync('/proc/self'),
}, () => {
  const store = openIn('/proc/orrery/config')
  assert.deepEqual(store.config(), { profiles: {} })
  assert.throws(() => store.writeConfig({ profiles: {} }), {
    exit: 'USAGE',
    message: '/proc/orrery cannot be written: nothing can be made there (ENOENT).',
  })
})

test('a file that others can read is refused with the command that mends it', () => {
  const folder = someFolder()
  const path = join(folder, 'credentials.json')
  writeFileSync(path, '{}')
  chmodSync(path, 0o640)
  assert.throws(() => openIn(folder).credentials(), { exit: 'USAGE', hint: `Run: chmod 600 ${path}` })
})

const broken: [string, RegExp][] = [
  ['{', /config\.json cannot be read/],
  ['[]', /no JSON object/],
  ['{"current": 3}', /'current' in .* must be a name/],
  ['{"profiles": []}', /'profiles' in .* must be an object/],
  ['{"profiles": {"a": 1}}', /'profiles.a'/],
  ['{"profiles": {"a": {"url": 1}}}', /'profiles.a.url'/],
  ['{"profiles": {"a": {"defaults": {"output": 1}}}}', /'profiles.a.defaults'/],
]
for (const [text, says] of broken) {
  test(`config.json with ${text} is refused by name`, () => {
    const folder = someFolder()
    writeFileSync(join(folder, 'config.json'), text, { mode: 0o600 })
    assert.throws(() => openIn(folder).config(), { exit: 'USAGE', message: says })
  })
}

test('a failed write leaves the old file', () => {
  const folder = someFolder()
  const store = openIn(folder)
  mkdirSync(join(folder, 'config.json'))
  assert.throws(() => store.writeConfig({ profiles: {} }))
  assert.deepEqual(readdirSync(folder), ['config.json'])
  store.writeCredentials({ 'http://h': { token: 'first' } })
  assert.match(readFileSync(join(folder, 'credentials.json'), 'utf8'), /first/)
})

test('the folder is that of the variable, of XDG, of Windows or of the home', () => {
  assert.equal(configFolder({ ORRERY_CONFIG_DIR: '/a', XDG_CONFIG_HOME: '/b' }), '/a')
  assert.equal(configFolder({ XDG_CONFIG_HOME: '/b', HOME: '/h' }), join('/b', 'orrery'))
  assert.equal(configFolder({ APPDATA: '/w', HOME: '/h' }, 'win32'), join('/w', 'orrery'))
  assert.equal(configFolder({ APPDATA: '/w', HOME: '/h' }, 'linux'), join('/h', '.config', 'orrery'))
})

test('of the credentials that a place lies below the longest is found, and none of a like-named server', () => {
  const credentials = {
    'http://h:50': { token: 'server' },
    'http://h:50/workspaces/vision': { token: 'vision' },
  }
  const tokenAt = (place: string) => findCredential(credentials, place)?.credential.token
  assert.equal(tokenAt('http://h:50'), 'server')
  assert.equal(tokenAt(placeOf('http://h:50', 'default')), 'server')
  assert.equal(tokenAt(placeOf('http://h:50', 'vision')), 'vision')
  assert.equal(tokenAt(placeOf('http://h:50', 'vision2')), 'server')
  assert.equal(tokenAt('http://h:5000'), undefined)
  assert.equal(tokenAt('http://h'), undefined)
  assert.equal(tokenAt('https://h:50'), undefined)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from './config/config-store.ts'
import type { Surroundings } from './context.ts'
import { type CommonOptions, settingsOf, splitAddress } from './settings.ts'

const CONFIG: Config = {
  current: 'work',
  profiles: {
    work: { url: 'http://profile:1', workspace: 'ours', defaults: { output: 'yaml', experiment: '7' } },
    test: { url: 'http://test:2' },
  },
}

function decide(options: CommonOptions, env: Record<string, string> = {}, config = CONFIG, isTTY = false) {
  return settingsOf(options, { env, stdout: { isTTY } } as unknown as Surroundings, config)
}

test('a flag wins over ORRERY_URL, that over MLFLOW_TRACKING_URI, and that over the profile', () => {
  const env = { ORRERY_URL: 'http://env:3', MLFLOW_TRACKING_URI: 'http://mlflow:4' }
  assert.equal(decide({ url: 'http://flag:5' }, env).url, 'http://flag:5')
  assert.equal(decide({}, env).url, 'http://env:3')
  assert.equal(decide({}, { MLFLOW_TRACKING_URI: 'http://mlflow:4' }).url, 'http://mlflow:4')
  assert.equal(decide({}).url, 'http://profile:1')
  assert.equal(decide({ profile: 'test' }).url, 'http://test:2')
  assert.equal(decide({}, { ORRERY_PROFILE: 'test' }).url, 'http://test:2')
  assert.equal(decide({}, { MLFLOW_TRACKING_URI: 'sqlite:///mlflow.db' }).url, 'http://profile:1')
  assert.equal(decide({}, { ORRERY_URL: '' }).url, 'http://profile:1', 'an empty variable is none')
})

test('the workspace comes from the flag, the address, the variable or the profile of that server', () => {
  const env = { ORRERY_WORKSPACE: 'env', MLFLOW_TRACKING_URI: 'http://m/workspaces/tracked' }
  assert.equal(decide({ workspace: 'flag', url: 'http://a/workspaces/path' }, env).workspace, 'flag')
  assert.equal(decide({ url: 'http://a/workspaces/path' }, env).workspace, 'path')
  assert.equal(decide({}, env).workspace, 'env')
  assert.equal(decide({}, { MLFLOW_TRACKING_URI: 'http://m/workspaces/tracked' }).workspace, 'tracked')
  assert.equal(decide({}).workspace, 'ours')
  assert.equal(decide({ url: 'http://a' }).workspace, 'default', 'the profile is of another server')
  assert.equal(decide({ url: 'http://a' }).askedWorkspace, undefined)
})

test('a token of the environment goes to no server of a profile', () => {
  const token = { ORRERY_TOKEN: 'secret' }
  assert.equal(decide({}, token).envToken, undefined)
  assert.equal(decide({ profile: 'test' }, token).envToken, undefined)
  assert.equal(decide({}, { ...token, ORRERY_URL: 'http://env:3' }).envToken?.token, 'secret')
  assert.equal(decide({ url: 'http://flag:5' }, { MLFLOW_TRACKING_TOKEN: 'other' }).envToken?.token, 'other')
})

test('the form is a table for a person and JSON for a program, unless it is said', () => {
  const none: Config = { profiles: {} }
  assert.equal(decide({}, {}, none, true).output, 'table')
  assert.equal(decide({}, {}, none, false).output, 'json')
  assert.equal(decide({}, {}, CONFIG, true).output, 'yaml')
  assert.equal(decide({}, { ORRERY_OUTPUT: 'tsv' }, CONFIG, true).output, 'tsv')
  assert.equal(decide({ output: 'json' }, { ORRERY_OUTPUT: 'tsv' }).output, 'json')
  assert.throws(() => decide({ output: 'xml' }), /'xml'; it can be json, table, tsv, yaml/)
})

test('where no server is known the rest can be used and the address says how to get one', () => {
  const settings = decide({}, {}, { profiles: {} })
  assert.equal(settings.output, 'json')
  assert.throws(() => settings.url, /No server is known/)
  assert.throws(() => decide({ profile: 'tset' }).url, /no profile 'tset'; there are work, test/)
})

const addresses: [string, string, string | undefined][] = [
  ['HTTP://Host.Example:5000/', 'http://host.example:5000', undefined],
  ['https://host:443', 'https://host', undefined],
  ['http://host/ml/workspaces/vision/', 'http://host/ml', 'vision'],
  ['http://host/workspaces/a%20b', 'http://host', 'a b'],
]
for (const [given, url, inPath] of addresses) {
  test(`${given} is ${url} and ${inPath}`, () => assert.deepEqual(splitAddress(given), { url, inPath }))
}

for (const given of [
  'host:5000',
  'ftp://host',
  'http://',
  'http://ada:secret@host',
  'http://host/?a=b',
  'http://h/workspaces/%',
]) {
  test(`${given} is no address, and a password in it is not repeated`, () => {
    assert.throws(
      () => splitAddress(given),
      ({ message }: Error) => !message.includes('secret'),
    )
  })
}

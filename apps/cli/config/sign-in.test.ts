import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../server/http/testing/serve-accounts.ts'
import { openCli, PASSWORD, shareCli } from '../testing/open-cli.ts'
import { jsonOf, typist } from '../testing/type.ts'
import { openConfigStore } from './config-store.ts'

const credentialsIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'))

eachEngine('orrery login', MIGRATIONS, (open) => {
  const shared = shareCli(open)

  test('a password becomes a token for all workspaces, and is not kept', async () => {
    const cli = shared()
    const { typeWith, type, configFolder } = cli.somebody()
    const typed = await typeWith(
      { stdin: `${PASSWORD}\n` },
      'login',
      cli.url,
      '--user',
      'root',
      '--password-stdin',
    )
    assert.equal(typed.code, 0, typed.err)
    assert.deepEqual(jsonOf(typed), { url: cli.url, workspace: 'default', user: 'root', profile: 'default' })
    const kept = credentialsIn(configFolder)[cli.url]
    assert.match(kept.token, /^orrery_pat_/)
    assert.deepEqual(Object.keys(kept).sort(), ['expires', 'token', 'token_id', 'user'])
    assert.ok(!readFileSync(join(configFolder, 'credentials.json'), 'utf8').includes(PASSWORD))
    assert.deepEqual(jsonOf(await type('run', 'list')), [])
    assert.deepEqual(jsonOf(await type('run', 'list', '-w', 'elsewhere')), [])
    assert.equal(jsonOf(await type('config', 'show')).user, 'root')
  })

  test('a second login ends the first token, and logout ends the second and removes it', async () => {
    const cli = shared()
    const { typeWith, type, configFolder } = cli.somebody()
    const login = () => typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'root', '--password-stdin')
    await login()
    const first = credentialsIn(configFolder)[cli.url].token
    await login()
    const second = credentialsIn(configFolder)[cli.url].token
    const useOf = (token: string) => cli.typeWith({ env: { ORRERY_TOKEN: token } }, 'run', 'list')
    assert.deepEqual([(await useOf(first)).code, (await useOf(second)).code], [3, 0])
    const out = await type('logout')
    assert.deepEqual([out.code, out.err], [0, `Signed out of ${cli.url}.\n`])
    assert.deepEqual(credentialsIn(configFolder), {})
    assert.equal((await useOf(second)).code, 3)
    assert.match((await type('logout')).err, /not signed in/)
    assert.equal((await type('run', 'list')).code, 3)
  })

  test('logout ends the tokens that the one it keeps was renewed from as well', async () => {
    const cli = shared()
    const { typeWith, type, configFolder } = cli.somebody()
    await typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'root', '--password-stdin')
    const before = await Promise.all(
      ['first', 'second'].map((name) => cli.root.tokens.create({ name, all_workspaces: true })),
    )
    const store = openConfigStore({ ORRERY_CONFIG_DIR: configFolder })
    const kept = store.credentials()[cli.url]!
    const predecessors = ['f'.repeat(32), ...before.map(({ details }) => details.id)]
    store.writeCredentials({ [cli.url]: { ...kept, predecessors } })
    const useOf = async (token: string) =>
      (await cli.typeWith({ env: { ORRERY_TOKEN: token } }, 'run', 'list')).code
    assert.deepEqual(await Promise.all(before.map(({ token }) => useOf(token))), [0, 0])
    const out = await type('logout')
    assert.deepEqual([out.code, out.err], [0, `Signed out of ${cli.url}.\n`])
    const tokens = [...before.map(({ token }) => token), kept.token]
    assert.deepEqual(await Promise.all(tokens.map(useOf)), [3, 3, 3])
  })

  test('a token that was not taken is told by where it came from and what is wrong with it', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const made = await cli.root.tokens.create({ name: 'x', all_workspaces: true, life_ms: 3_600_000 })
    const saidOf = async (env: Record<string, string>) => {
      const { code, out, err } = await cli
        .somebody()
        .typeWith({ env: { ORRERY_URL: cli.url, ...env } }, 'run', 'list')
      assert.deepEqual([code, out], [3, ''])
      return err
    }
    const unknown = `orrery_pat_${'x'.repeat(43)}`
    const another = (variable: string) =>
      `Put another one into ${variable}, or unset it and sign in with \`orrery login ${cli.url}\`.\n`
    assert.equal(
      await saidOf({ ORRERY_TOKEN: unknown, MLFLOW_TRACKING_TOKEN: 'not-this' }),
      `The token in ORRERY_TOKEN was not taken: it is wrong, was revoked, or has expired.\n${another('ORRERY_TOKEN')}`,
    )
    assert.equal(
      await saidOf({ MLFLOW_TRACKING_TOKEN: 'hunter2' }),
      `The token in MLFLOW_TRACKING_TOKEN was not taken: it is no token of Orrery: those begin with \`orrery_\`.\n${another('MLFLOW_TRACKING_TOKEN')}`,
    )
    assert.match(
      await saidOf({ ORRERY_TOKEN: 'orrery_pat_ä' }),
      /^The token in ORRERY_TOKEN was not taken: The token holds characters/,
    )
    cli.server.time.now += 3_600_000
    const at = new Date(made.details.expiration_timestamp).toISOString()
    assert.equal(
      await saidOf({ ORRERY_TOKEN: made.token }),
      `The token in ORRERY_TOKEN was not taken: it expired at ${at}.\n${another('ORRERY_TOKEN')}`,
    )
    assert.equal(
      await saidOf({}),
      `${cli.url} asks who you are, and no token is kept for it.\nSign in with \`orrery login ${cli.url}\`, or set ORRERY_URL and ORRERY_TOKEN.\n`,
    )
  })

  test('a kept token is told by its profile, and when it expired even after the server forgot it', async () => {
    const cli = shared()
    const { typeWith, type, configFolder } = cli.somebody()
    const login = ['login', cli.url, '--user', 'root', '--password-stdin', '--profile', 'work']
    await typeWith({ stdin: PASSWORD }, ...login)
    const store = openConfigStore({ ORRERY_CONFIG_DIR: configFolder })
    const kept = store.credentials()[cli.url]!
    await cli.root.tokens.revoke({ id: kept.token_id! })
    // Its end lies ahead by the clock of the client.
    store.writeCredentials({ [cli.url]: { ...kept, expires: 8.64e15 } })
    const revoked = await type('run', 'list')
    const whose = `The token of profile 'work', which \`orrery login\` keeps for ${cli.url}, was not taken: it`
    const again = `Sign in again with \`orrery login ${cli.url} --profile work\`.\n`
    assert.equal(revoked.err, `${whose} is wrong, was revoked, or has expired.\n${again}`)
    store.writeCredentials({ [cli.url]: { ...kept, expires: 1_700_000_000_000 } })
    assert.equal((await type('run', 'list')).err, `${whose} expired at 2023-11-14T22:13:20.000Z.\n${again}`)
  })

  test('a token that has expired ends with 3 and how to get another', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { typeWith, type } = cli.somebody()
    await typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'root', '--password-stdin')
    assert.equal((await type('run', 'list')).code, 0)
    cli.server.time.now += 91 * 24 * 3_600_000
    const { code, out, err } = await type('run', 'list')
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, /^The token of profile 'default'.* was not taken: it expired at \S+Z\.\n/)
    assert.ok(err.endsWith(`\nSign in again with \`orrery login ${cli.url} --profile default\`.\n`), err)
  })

  test('a token of one workspace is kept for that alone', async () => {
    const cli = shared()
    const { token } = jsonOf(await cli.type('token', 'create', 'narrow', '-w', 'elsewhere'))
    const { typeWith, type, configFolder } = cli.somebody()
    const typed = await typeWith(
      { stdin: token },
      'login',
      `${cli.url}/workspaces/elsewhere`,
      '--token-stdin',
    )
    assert.equal(typed.code, 0, typed.err)
    assert.deepEqual(Object.keys(credentialsIn(configFolder)), [`${cli.url}/workspaces/elsewhere`])
    assert.equal((await type('run', 'list')).code, 0, 'it is the workspace of the profile')
    assert.equal((await type('run', 'list', '-w', 'default')).code, 3, 'nothing is sent to another')
  })

  test('a service account signs in with its token, for its workspace', async () => {
    const cli = shared()
    await cli.type('user', 'create', 'robot', '--kind', 'service', '-w', 'elsewhere')
    await cli.type('role', 'assign', 'reader', 'robot', '-w', 'elsewhere')
    const made = await cli.type('token', 'create', 'x', '--service', 'robot', '-w', 'elsewhere')
    const { typeWith, type, configFolder } = cli.somebody()
    const typed = await typeWith(
      { stdin: jsonOf(made).token },
      'login',
      cli.url,
      '--token-stdin',
      '-w',
      'elsewhere',
    )
    assert.equal(typed.code, 0, typed.err)
    assert.deepEqual([jsonOf(typed).user, jsonOf(typed).workspace], ['robot', 'elsewhere'])
    assert.deepEqual(Object.keys(credentialsIn(configFolder)), [`${cli.url}/workspaces/elsewhere`])
    assert.equal((await type('run', 'list')).code, 0)
    assert.equal((await type('logout')).code, 0)
    assert.deepEqual(credentialsIn(configFolder), {})
  })

  test('what is wrong is said, and nothing is kept', async () => {
    const cli = shared()
    const { typeWith, type, configFolder } = cli.somebody()
    const wrongPassword = await typeWith(
      { stdin: 'no' },
      'login',
      cli.url,
      '--user',
      'root',
      '--password-stdin',
    )
    assert.equal(wrongPassword.code, 3, wrongPassword.err)
    assert.match(wrongPassword.err, /does not take 'root' with that password\.\nNothing was kept/)
    const wrongToken = await typeWith({ stdin: 'orrery_pat_no' }, 'login', cli.url, '--token-stdin')
    assert.equal(wrongToken.code, 3, wrongToken.err)
    assert.match(wrongToken.err, /Nothing was kept/)
    const unasked = await type('login', cli.url)
    assert.equal(unasked.code, 9)
    const tokenFor = `There is no terminal to ask on: Token for ${cli.url}.\nPass --token-stdin, or --user NAME`
    assert.ok(unasked.err.startsWith(tokenFor), unasked.err)
    const passwordless = await type('login', cli.url, '--user', 'root')
    assert.equal(passwordless.code, 9)
    assert.equal(
      passwordless.err,
      "There is no terminal to ask on: Password for 'root'.\nPass --password-stdin.\n",
    )
    assert.equal((await typeWith({ stdin: '' }, 'login', cli.url, '--token-stdin')).code, 2)
    assert.equal((await type('login', cli.url, '--password-stdin')).code, 2)
    assert.equal((await type('login')).code, 2)
    assert.throws(() => credentialsIn(configFolder), { code: 'ENOENT' })
  })

  test('an account without a part in any workspace is told so', async () => {
    const cli = shared()
    await cli.server.makeUser('bob')
    const { typeWith } = cli.somebody()
    const login = () => typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'bob', '--password-stdin')
    const without = await login()
    assert.equal(without.code, 4, without.err)
    assert.match(without.err, /no workspace/)
    await cli.server.assign('elsewhere', 'reader', 'bob')
    assert.equal(jsonOf(await login()).workspace, 'elsewhere', 'the one there is')
  })

  test('a workspace that one has no part in is answered with those one has', async () => {
    const cli = shared()
    const typed = await cli.type('run', 'list', '-w', 'nowhere')
    assert.equal(typed.code, 5)
    assert.match(typed.err, /^No workspace is named 'nowhere'\.\nThere are default, elsewhere\.\n$/)
  })
})

test('logging out of a server that is away removes the token and says that it may live on', async () => {
  const fetch = (async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) })
  }) as typeof globalThis.fetch
  const { type, configFolder } = typist({ fetch })
  const store = openConfigStore({ ORRERY_CONFIG_DIR: configFolder })
  store.writeConfig({ current: 'a', profiles: { a: { url: 'http://away.test' } } })
  store.writeCredentials({
    'http://away.test': { token: 't', token_id: '1' },
    'http://other.test': { token: 'o' },
  })
  const { code, err } = await type('logout')
  assert.equal(code, 0)
  assert.match(err, /not ended at the server: .*ECONNREFUSED.*removed here/)
  assert.deepEqual(store.credentials(), { 'http://other.test': { token: 'o' } })
})

test('a server that asks nobody gives a profile without a credential', async () => {
  const fetch = (async () =>
    new Response('{"user":{"id":1,"username":"owner","is_admin":true}}', {
      headers: { 'x-request-id': 'r' },
    })) as unknown as typeof globalThis.fetch
  const { type } = typist({ fetch })
  const typed = await type('login', 'http://open.test/')
  assert.equal(typed.code, 0, typed.err)
  assert.match(typed.err, /^http:\/\/open\.test is not encrypted.*\n.*asks nobody who they are/)
  for (const address of ['https://open.test', 'http://127.0.0.1:1', 'http://[::1]:1', 'http://localhost']) {
    assert.doesNotMatch((await type('login', address)).err, /not encrypted/, address)
  }
  await type('login', 'http://open.test/')
  assert.equal(jsonOf(await type('config', 'show')).url, 'http://open.test')
})

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../server/http/testing/serve-accounts.ts'
import { PASSWORD, shareCli } from '../testing/open-cli.ts'
import { jsonOf, type Typed } from '../testing/type.ts'

const done = (typed: Typed): Typed => {
  assert.equal(typed.code, 0, typed.err)
  return typed
}

eachEngine('workspaces, accounts, roles and tokens at the command line', MIGRATIONS, (open) => {
  const shared = shareCli(open)

  test('a workspace from its making to its end', async () => {
    const cli = shared()
    const { type, home } = cli
    writeFileSync(join(home, 'vision.yml'), 'friendly_name: Vision\ntags: [{key: team, value: a}]\n')
    const argv = [
      'workspace',
      'create',
      'vision',
      '-f',
      'vision.yml',
      '--set',
      'location=here',
      '--description',
      'Cameras',
    ]
    const made = jsonOf(done(await type(...argv)))
    assert.deepEqual(
      [made.name, made.friendly_name, made.location, made.description, made.tags],
      ['vision', 'Vision', 'here', 'Cameras', [{ key: 'team', value: 'a' }]],
    )
    assert.equal((await type('workspace', 'create', 'vision')).code, 6)
    assert.equal(
      done(await type('workspace', 'list', '--query', '[].name', '-o', 'tsv')).out,
      'default\nelsewhere\nvision\n',
    )
    assert.equal(
      jsonOf(done(await type('workspace', 'update', 'vision', '--description', 'x'))).description,
      'x',
    )
    assert.equal(jsonOf(done(await type('workspace', 'show', '-w', 'vision'))).name, 'vision')
    assert.ok(jsonOf(done(await type('workspace', 'archive', 'vision'))).archived_timestamp > 0)
    assert.equal(jsonOf(done(await type('workspace', 'restore', 'vision'))).archived_timestamp, undefined)
    assert.ok(Array.isArray(jsonOf(done(await type('workspace', 'losses', 'vision')))))
    assert.equal(
      jsonOf(done(await type('workspace', 'set-quota', 'runs', '--to', '5', '-w', 'vision'))).quota,
      5,
    )
    const quotas = jsonOf(done(await type('workspace', 'quotas', '-w', 'vision')))
    assert.equal(quotas.find(({ what }: { what: string }) => what === 'runs').quota, 5)
    done(await type('workspace', 'delete', 'vision', '--yes'))
    assert.equal((await type('workspace', 'show', 'vision')).code, 5)
  })

  test('config.json is written whole, and none that is there is replaced unasked', async () => {
    const cli = shared()
    const write = (...more: string[]) =>
      cli.type('workspace', 'config', 'elsewhere', '--to', '.azureml/config.json', ...more)
    done(await write())
    const read = () => JSON.parse(readFileSync(join(cli.home, '.azureml/config.json'), 'utf8'))
    assert.equal(read().workspace_name, 'elsewhere')
    assert.match(read().mlflow_tracking_uri, /\/workspaces\/elsewhere$/)
    assert.equal((await write()).code, 6)
    done(await write('--force'))
  })

  test('get-keys gives what a script needs for an hour', async () => {
    const cli = shared()
    const keys = jsonOf(done(await cli.type('workspace', 'get-keys', 'elsewhere', '--hours', '0.5')))
    assert.match(keys.token, /^orrery_trk_/)
    assert.equal(keys.expiration_timestamp, cli.server.time.now + 1_800_000)
    const used = await cli.typeWith(
      { env: { ORRERY_URL: keys.mlflow_tracking_uri, ORRERY_TOKEN: keys.token } },
      'run',
      'list',
    )
    assert.equal(used.code, 0, used.err)
  })

  test('a user: password from stdin, role, disabled, deleted', async () => {
    const cli = shared()
    const { type, typeWith } = cli
    assert.equal((await type('user', 'create', 'bob')).code, 9)
    const made = await typeWith(
      { stdin: `${PASSWORD}\n` },
      'user',
      'create',
      'bob',
      '--email',
      'b@x.org',
      '--password-stdin',
    )
    assert.deepEqual([jsonOf(done(made)).has_password, jsonOf(made).email], [true, 'b@x.org'])
    done(await type('role', 'assign', 'contributor', 'bob', '-w', 'elsewhere'))
    const assignments = jsonOf(done(await type('role', 'assignments', '-w', 'elsewhere')))
    assert.ok(
      assignments.some(
        (one: { principal: string; role: string }) => one.principal === 'bob' && one.role === 'contributor',
      ),
    )
    const bob = cli.somebody()
    const login = () =>
      bob.typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'bob', '--password-stdin')
    done(await login())
    assert.equal(done(await bob.type('user', 'show', '--query', 'name', '-o', 'tsv')).out, 'bob\n')
    assert.equal((await bob.type('user', 'create', 'eve', '--without-password')).code, 4)
    done(await type('user', 'disable', 'bob'))
    assert.equal((await bob.type('run', 'list')).code, 3)
    done(await type('user', 'enable', 'bob'))
    done(await type('role', 'unassign', 'contributor', 'bob', '-w', 'elsewhere'))
    assert.equal(
      jsonOf(done(await type('user', 'update', 'bob', '--display-name', 'Bob'))).display_name,
      'Bob',
    )
    done(await type('user', 'delete', 'bob', '--yes'))
    assert.equal((await type('user', 'show', 'bob')).code, 5)
  })

  test('a service account and its token, for a pipeline', async () => {
    const cli = shared()
    const { type } = cli
    done(await type('user', 'create', 'deployer', '--kind', 'service', '-w', 'elsewhere'))
    done(await type('role', 'assign', 'reader', 'deployer', '-w', 'elsewhere'))
    const argv = ['token', 'create', 'github', '--service', 'deployer', '--days', '7', '-w', 'elsewhere']
    const token = done(await type(...argv, '--query', 'token', '-o', 'tsv')).out.trim()
    assert.match(token, /^orrery_svc_/)
    assert.equal((await type(...argv, '--all-workspaces')).code, 2)
    const as = (...words: string[]) => cli.typeWith({ env: { ORRERY_TOKEN: token } }, ...words)
    done(await as('run', 'list', '-w', 'elsewhere'))
    assert.equal((await as('run', 'list')).code, 5, 'it knows no other workspace')
    const [listed] = jsonOf(
      done(await type('token', 'list', '--all', '-w', 'elsewhere', '--query', "[?name=='github']")),
    )
    done(await type('token', 'revoke', listed.id, '-w', 'elsewhere'))
    assert.equal((await as('run', 'list', '-w', 'elsewhere')).code, 3)
  })

  test('a role of permissions', async () => {
    const cli = shared()
    const { type } = cli
    const made = jsonOf(
      done(await type('role', 'create', 'watcher', '-p', 'workspace.read', '--description', 'Looks.')),
    )
    assert.deepEqual(made.permissions, ['workspace.read'])
    const updated = await type(
      'role',
      'update',
      'watcher',
      '--set',
      'permissions=[workspace.read, audit.read]',
    )
    assert.deepEqual(jsonOf(done(updated)).permissions.sort(), ['audit.read', 'workspace.read'])
    assert.equal(jsonOf(done(await type('role', 'show', 'watcher'))).description, 'Looks.')
    assert.equal((await type('role', 'create', 'x', '-p', 'everything')).code, 2)
    assert.match((await type('role', 'show', 'wacher')).err, /There are .*watcher/)
    done(await type('role', 'delete', 'watcher', '--yes'))
    assert.equal((await type('role', 'show', 'watcher')).code, 5)
  })

  test('a group, its members, a right on one thing, and why', async () => {
    const cli = shared()
    const { type, typeWith } = cli
    done(await type('user', 'create', 'risk', '--kind', 'group'))
    done(await typeWith({ stdin: PASSWORD }, 'user', 'create', 'ada', '--password-stdin'))
    done(await type('user', 'add-member', 'risk', 'ada'))
    assert.deepEqual(jsonOf(done(await type('user', 'members', 'risk', '--query', '[].name'))), ['ada'])
    const explain = async () =>
      jsonOf(done(await type('role', 'explain', 'ada', 'run.read', '--on', '0'))).allowed
    assert.equal(await explain(), false)
    done(await type('role', 'grant', 'risk', 'experiment', '0', '--level', 'READ'))
    assert.equal(await explain(), true)
    assert.equal(jsonOf(await type('role', 'grants', 'risk'))[0].level, 'READ')
    done(await type('role', 'grant', 'ada', 'experiment', '0', '--level', 'READ', '--deny'))
    assert.equal(await explain(), false)
    done(await type('role', 'ungrant', 'ada', 'experiment', '0'))
    done(await type('user', 'remove-member', 'risk', 'ada'))
    assert.equal(await explain(), false)
    assert.equal((await type('role', 'grant', 'ada', 'planet', '0', '--level', 'READ')).code, 2)
  })

  test('a password is changed by its owner, who knows the present one, and by an administrator', async () => {
    const cli = shared()
    done(await cli.typeWith({ stdin: PASSWORD }, 'user', 'create', 'eva', '--password-stdin'))
    done(await cli.type('role', 'assign', 'reader', 'eva'))
    const eva = cli.somebody()
    const login = (password: string) =>
      eva.typeWith({ stdin: password }, 'login', cli.url, '--user', 'eva', '--password-stdin')
    done(await login(PASSWORD))
    const change = (stdin: string) => eva.typeWith({ stdin }, 'user', 'set-password', '--password-stdin')
    assert.notEqual((await change('a new long password\nnot the present one')).code, 0)
    done(await change(`a new long password\n${PASSWORD}\n`))
    assert.equal((await login(PASSWORD)).code, 3)
    done(await login('a new long password'))
    done(
      await cli.typeWith(
        { stdin: 'of the administrator' },
        'user',
        'set-password',
        'eva',
        '--password-stdin',
      ),
    )
    done(await login('of the administrator'))
    assert.equal((await eva.type('user', 'set-password')).code, 9)
  })

  test('profiles: one for each server, with defaults of its own', async () => {
    const cli = shared()
    const { type } = cli.somebody()
    done(await type('config', 'set', `url=${cli.url}/workspaces/elsewhere`, 'output=yaml', 'experiment=7'))
    done(await type('config', 'set', 'url=http://other.test', '--profile', 'other'))
    const profiles = jsonOf(done(await type('config', 'profiles', '-o', 'json')))
    assert.deepEqual(
      profiles.map((one: { name: string; workspace?: string; is_current: boolean }) => [
        one.name,
        one.workspace,
        one.is_current,
      ]),
      [
        ['default', 'elsewhere', true],
        ['other', undefined, false],
      ],
    )
    assert.match(done(await type('config', 'show')).out, /^profile: default$/m)
    done(await type('config', 'unset', 'output', 'experiment'))
    assert.equal(jsonOf(await type('config', 'show')).defaults.output, undefined)
    done(await type('config', 'use', 'other'))
    assert.equal(jsonOf(await type('config', 'show')).url, 'http://other.test')
    for (const argv of [
      ['use', 'nobody'],
      ['delete', 'nobody'],
      ['set', 'colour=red'],
      ['set', 'url'],
      ['set', 'url=ftp://x'],
      ['set', 'output=xml'],
    ]) {
      assert.equal((await type('config', ...argv)).code, 2, argv.join(' '))
    }
    done(await type('config', 'delete', 'other'))
    assert.equal(jsonOf(await type('config', 'profiles')).length, 1)
  })
})

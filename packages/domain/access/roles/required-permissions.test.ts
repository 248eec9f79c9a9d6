import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PERMISSION_NAMES, PERMISSIONS, ROLES } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { openAccessVerbs } from '../decisions/testing/open-access-verbs.ts'
import { accessMigrations } from '../index.ts'
import { requiredBy } from './required-permissions.ts'

test('everything that is in experiments needs to see them, and changing a thing needs to read it', () => {
  for (const name of PERMISSION_NAMES) {
    const { kind, level } = PERMISSIONS[name]
    const required = requiredBy(name)
    if (['run', 'artifact', 'trace'].includes(kind)) assert.equal(required, 'experiment.read', name)
    else if (['READ', 'USE'].includes(level)) assert.equal(required, undefined, name)
    else if (`${kind}.read` in PERMISSIONS) assert.equal(required, `${kind}.read`, name)
    else assert.equal(required, undefined, name)
    assert.notEqual(required, name)
  }
})

test('the built-in roles do all that they say', () => {
  for (const [role, { permissions }] of Object.entries(ROLES)) {
    const all: readonly string[] = permissions
    for (const name of permissions) assert.ok(all.includes(requiredBy(name) ?? name), `${role}: ${name}`)
  }
})

eachEngine('a role that would do less than it says', [eventsMigrations, accessMigrations], (open) => {
  test('is refused, and the sentence names what is missing', async () => {
    await using db = await open()
    const { roles, root } = await openAccessVerbs(db)
    const refused = (permission: string, required: string) => ({
      code: 'INVALID_PARAMETER_VALUE',
      message: `'permissions' has '${permission}' and not '${required}', without which it does nothing.`,
      hint: `Add '${required}'.`,
    })
    const create = (...permissions: string[]) =>
      roles.create(root, { workspace: 'default', name: 'r', permissions })
    for (const [permission, required] of [
      ['run.read', 'experiment.read'],
      ['trace.write', 'experiment.read'],
      ['experiment.delete', 'experiment.read'],
      ['model.write', 'model.read'],
      ['workspace.manage', 'workspace.read'],
      ['webhook.write', 'webhook.read'],
    ] as const) {
      await assert.rejects(create('data.read', permission), refused(permission, required))
    }
    assert.deepEqual(
      (await roles.list(root, { workspaces: ['default'] })).filter(({ builtIn }) => !builtIn),
      [],
    )
    const { key: roleKey } = await create('endpoint.use', 'compute.use', 'experiment.create', 'audit.read')
    const update = (permissions: string[]) => roles.update(root, { roleKey, permissions })
    await assert.rejects(update(['run.write']), refused('run.write', 'experiment.read'))
    assert.ok((await roles.get(root, { roleKey })).permissions.includes('endpoint.use'))
    // A level that brings it is as good as its name.
    const level = { kind: 'experiment', pattern: '*', right: { level: 'READ' }, effect: 'allow' } as const
    await roles.addGrant(root, { roleKey, ...level })
    await update(['run.write'])
    await roles.update(root, { roleKey, description: 'as it was' })
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PERMISSION_NAMES, PERMISSIONS, type Permission } from './permissions.ts'
import { ROLES } from './roles.ts'

const has = (role: keyof typeof ROLES, permission: Permission) =>
  (ROLES[role].permissions as readonly Permission[]).includes(permission)

test('no role reaches beyond its workspace, and the owner has all that is in it', () => {
  for (const role of Object.keys(ROLES) as (keyof typeof ROLES)[])
    assert.ok(!has(role, 'server.manage'), role)
  assert.deepEqual(
    ROLES.owner.permissions,
    PERMISSION_NAMES.filter((name) => name !== 'server.manage'),
  )
})

test('only the owner gives others access', () => {
  for (const permission of ['workspace.manage', 'experiment.manage', 'model.manage'] as const) {
    const roles = (Object.keys(ROLES) as (keyof typeof ROLES)[]).filter((role) => has(role, permission))
    assert.deepEqual(roles, ['owner'], permission)
  }
})

test('the reader changes nothing and sees neither webhooks nor the audit log', () => {
  assert.deepEqual([...new Set(ROLES.reader.permissions.map((name) => PERMISSIONS[name].level))], ['READ'])
  assert.ok(!has('reader', 'webhook.read') && !has('reader', 'audit.read'))
})

test('every other role reads what the reader reads', () => {
  for (const role of ['owner', 'contributor', 'data-scientist', 'operator'] as const) {
    assert.deepEqual(
      ROLES.reader.permissions.filter((permission) => !has(role, permission)),
      [],
      role,
    )
  }
})

test('the data scientist does what the MLflow operations of the seeds need, and changes no compute', () => {
  const needed = [
    'experiment.create',
    'experiment.write',
    'experiment.delete',
    'run.write',
    'run.delete',
  ] as const
  for (const permission of [
    ...needed,
    'artifact.write',
    'model.create',
    'model.write',
    'model.delete',
  ] as const) {
    assert.ok(has('data-scientist', permission), permission)
  }
  for (const permission of ['compute.write', 'compute.delete', 'workspace.write'] as const) {
    assert.ok(!has('data-scientist', permission), permission)
  }
})

test('the operator changes no results', () => {
  for (const permission of ['run.write', 'model.write', 'artifact.write', 'experiment.create'] as const) {
    assert.ok(!has('operator', permission), permission)
  }
})

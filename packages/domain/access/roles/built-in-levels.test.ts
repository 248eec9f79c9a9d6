import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BuiltInRoleName, ROLES } from '@orrery/base/kernel'
import { builtInLevels } from './built-in-levels.ts'

test('built-in roles as rows of MLflow', () => {
  const rows = (name: BuiltInRoleName, key = 3) =>
    builtInLevels({
      key,
      workspace: 'default',
      name,
      description: null,
      builtIn: true,
      permissions: ROLES[name].permissions,
      grants: [],
    })
  const told = (name: BuiltInRoleName) => rows(name).map(({ kind, level }) => `${kind} ${level}`)
  const working = ['workspace USE', 'experiment EDIT', 'registered_model EDIT', 'run MANAGE', 'trace MANAGE']
  const reading = ['experiment READ', 'registered_model READ', 'run READ', 'trace READ']
  assert.deepEqual(told('owner'), ['workspace MANAGE'])
  assert.deepEqual(told('contributor'), working)
  assert.deepEqual(told('data-scientist'), working)
  assert.deepEqual(told('operator'), reading)
  assert.deepEqual(told('reader'), reading)
  const keys = [...rows('reader', 3), ...rows('contributor', 4), ...rows('owner', 5)].map(({ key }) => key)
  assert.ok(keys.every((key) => key < 0))
  assert.equal(new Set(keys).size, keys.length)
})

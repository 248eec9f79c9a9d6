import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOwnName, checkWorkspaceName } from './workspace-name.ts'

const refusal = (message: string) => ({ code: 'INVALID_PARAMETER_VALUE', message })

test('names that MLflow takes are taken', () => {
  for (const name of ['ab', '00', 'team-a', 'a--b', '9-z', 'default', 'a'.repeat(63)])
    checkWorkspaceName(name)
})

test('other names are refused with MLflow’s sentences, the length first', () => {
  for (const name of ['', 'a', 'Ä', '-', 'a'.repeat(64), '\u{1f600}'.repeat(32)]) {
    assert.throws(
      () => checkWorkspaceName(name),
      refusal(`Workspace name '${name}' must be between 2 and 63 characters.`),
    )
  }
  for (const name of [
    'Team',
    'a_b',
    '-a',
    'a-',
    'a b',
    'a/b',
    '..',
    'ab\n',
    'a\0b',
    'ａｂ',
    'x#5',
    `${'a'.repeat(62)}-`,
  ]) {
    assert.throws(
      () => checkWorkspaceName(name),
      refusal(
        `Workspace name '${name}' must match the pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$ (lowercase alphanumeric with optional internal hyphens).`,
      ),
    )
  }
  for (const name of ['workspaces', 'api', 'ajax-api', 'static-files']) {
    assert.throws(
      () => checkWorkspaceName(name),
      refusal(`Workspace name '${name}' is reserved and cannot be used.`),
    )
  }
})

test('a long name does not come back whole', () => {
  assert.throws(
    () => checkWorkspaceName('x'.repeat(100_000)),
    (error: Error) => error.message.length < 300,
  )
})

test('default is nobody’s to make or delete', () => {
  assert.throws(
    () => checkOwnName('default', 'created'),
    refusal("The 'default' workspace is reserved and cannot be created"),
  )
  assert.throws(
    () => checkOwnName('default', 'deleted'),
    refusal("The 'default' workspace is reserved and cannot be deleted"),
  )
  assert.throws(
    () => checkOwnName('api', 'created'),
    refusal("Workspace name 'api' is reserved and cannot be used."),
  )
})

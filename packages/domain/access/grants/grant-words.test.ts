import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantWord, parseGrantKind, parseGrantWord } from './grant-words.ts'

const INVALID = 'INVALID_PARAMETER_VALUE'

test('types of resources, in the words of MLflow 3.17.2', () => {
  assert.equal(parseGrantKind('experiment'), 'experiment')
  assert.throws(() => parseGrantKind('x'), {
    code: INVALID,
    message:
      "Invalid resource type 'x'. Valid resource types are: ('assessment', 'experiment', 'gateway_endpoint', 'gateway_model_definition', 'gateway_secret', 'logged_model', 'mcp_server', 'mcp_server_version', 'prompt', 'prompt_version', 'registered_model', 'registered_model_version', 'review_queue', 'run', 'scorer', 'scorer_version', 'trace', 'workspace')",
  })
  assert.throws(() => parseGrantKind('scorer'), { code: 'NOT_IMPLEMENTED' })
  assert.throws(() => parseGrantKind('permission'), { code: INVALID })
  assert.throws(() => parseGrantKind('constructor'), { code: INVALID })
})

test('levels and the denial, in the words of MLflow', () => {
  assert.deepEqual(parseGrantWord('EDIT', 'experiment'), { right: { level: 'EDIT' }, effect: 'allow' })
  assert.deepEqual(parseGrantWord('DENY', 'experiment'), { right: { level: 'READ' }, effect: 'deny' })
  assert.throws(() => parseGrantWord('edit', 'run'), {
    code: INVALID,
    message:
      "Invalid permission 'edit'. Valid permissions are: ('READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS', 'DENY')",
  })
  for (const word of ['READ', 'DENY', 'NO_PERMISSIONS']) {
    assert.throws(() => parseGrantWord(word, 'workspace'), {
      code: INVALID,
      message: `Invalid permission '${word}' for resource_type='workspace'. Workspace-wide grants accept only: ('MANAGE', 'USE').`,
    })
  }
  assert.throws(() => parseGrantWord('NO_PERMISSIONS', 'experiment'), {
    code: INVALID,
    message:
      "Invalid permission 'NO_PERMISSIONS' for resource_type='experiment'. Resource-level grants accept only: ('DENY', 'EDIT', 'MANAGE', 'READ', 'USE').",
  })
  for (const word of ['READ', 'USE', 'EDIT', 'MANAGE', 'DENY']) {
    assert.equal(grantWord(parseGrantWord(word, 'experiment')), word)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, must, mustHave, mustReach, type Workspace } from './caller.ts'
import type { Permission } from './permissions.ts'

const caller = (may: Caller['may'], more: Partial<Caller> & { workspace?: Workspace } = {}): Caller => ({
  workspace: { key: 1, name: 'vision' },
  principal: { kind: 'user', name: 'alice', key: 7 },
  requestId: 'test',
  address: '',
  may,
  readable: () => ({ kind: 'all' }),
  ...more,
})

const code = (expected: string) => (error: unknown) => (error as { code: string }).code === expected

test('a permission is asked for on the thing, and the refusal says what it lacks and where', () => {
  const mayOnSeven = caller((_, on) => on === 7)
  must(mayOnSeven, 'run.write', 7)
  assert.throws(() => must(mayOnSeven, 'run.write', 8), {
    code: 'PERMISSION_DENIED',
    message: "Permission denied: 'alice' lacks 'run.write' in this experiment of workspace 'vision'.",
  })
  assert.throws(() => must(mayOnSeven, 'run.write'), {
    message: "Permission denied: 'alice' lacks 'run.write' in workspace 'vision'.",
  })
})

test('what only administrators may sends nobody to an owner, who could not give it', () => {
  const owner = caller((permission) => permission !== 'server.manage')
  assert.throws(() => must(owner, 'server.manage'), {
    code: 'PERMISSION_DENIED',
    message: "Permission denied: 'alice' lacks 'server.manage'.",
    hint: 'Ask an administrator of the server: no role has it, and no token of one workspace.',
  })
  const reader = caller((permission) => permission === 'run.read')
  assert.throws(() => must(reader, 'run.write'), {
    hint: 'Ask an owner of the workspace for a role that has it.',
  })
})

test('an archived workspace can be read and not changed, also by its owner', () => {
  const owner = caller(() => true, { workspace: { key: 1, name: 'vision', archived: true } })
  for (const permission of ['run.read', 'workspace.read', 'audit.read'] as Permission[])
    must(owner, permission)
  for (const permission of ['run.write', 'experiment.create', 'model.delete'] as Permission[]) {
    assert.throws(() => must(owner, permission), code('INVALID_STATE'), permission)
  }
})

test('what changes nothing in an archived workspace is asked for with the permission alone', () => {
  const workspace = { key: 1, name: 'vision', archived: true }
  mustHave(
    caller(() => true, { workspace }),
    'workspace.manage',
  )
  const stranger = caller(() => false, { workspace })
  assert.throws(() => mustHave(stranger, 'workspace.manage'), code('PERMISSION_DENIED'))
})

test('who may not is told so, also of an archived workspace', () => {
  const stranger = caller(() => false, { workspace: { key: 1, name: 'vision', archived: true } })
  assert.throws(() => must(stranger, 'run.write'), code('PERMISSION_DENIED'))
})

test('a confined credential reaches its runs, no others and nothing that has no run', () => {
  const confined = caller(() => true, { confinement: { runs: new Set([4]), refusal: 'Fetch a new one.' } })
  mustReach(confined, 4)
  for (const run of [5, undefined]) {
    assert.throws(() => mustReach(confined, run), { code: 'UNAUTHENTICATED', message: 'Fetch a new one.' })
  }
  mustReach(
    caller(() => true),
    undefined,
  )
})

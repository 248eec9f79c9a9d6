import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProtectedChange } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeApprovedChanges } from './approved-changes.ts'
import { makeCallRegistry } from './testing/call-registry.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from './testing/open-registry.ts'
import type { Call } from './testing/plain-registry.ts'
import { noModel, noVersion, refusal } from './testing/refusal.ts'
import { stateOf } from './testing/registry-state.ts'

const APPROVAL = { request: 'r', requestedBy: 'user:ada' }
const STAGE: ProtectedChange = {
  kind: 'stage',
  name: 'a',
  version: 3,
  stage: 'Production',
  archiveExisting: true,
}
const ALIAS: ProtectedChange = { kind: 'alias', name: 'a', version: 3, alias: 'best' }
const REMOVAL: ProtectedChange = { kind: 'delete-alias', name: 'a', alias: 'best' }

async function openApproved(db: Database) {
  const bed = await openRegistry(db)
  const call = makeCallRegistry(bed.deps)
  for (const caller of [bed.here, bed.elsewhere]) {
    await call(caller, { verb: 'create', name: 'a', description: undefined, isPrompt: undefined })
    for (let n = 0; n < 3; n++) await call(caller, { verb: 'addVersion', name: 'a' })
    await call(caller, { verb: 'transition', name: 'a', version: '1', stage: 'Production', archive: false })
    await call(caller, { verb: 'setAlias', name: 'a', alias: 'best', version: '1' })
  }
  const { look, apply } = makeApprovedChanges(bed.deps)
  return {
    ...bed,
    call,
    look: (change: ProtectedChange, caller = bed.here) => db.inTx((tx) => look(tx, caller, change)),
    apply: (change: ProtectedChange) => db.inTx((tx) => apply(tx, bed.here, change, APPROVAL)),
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

/** After these a request means another thing, or the same. */
const MEANTIME: readonly (readonly [Call, ProtectedChange, 'same' | 'another'])[] = [
  [{ verb: 'setAlias', name: 'a', alias: 'best', version: '2' }, ALIAS, 'another'],
  [{ verb: 'deleteAlias', name: 'a', alias: 'best' }, ALIAS, 'another'],
  [{ verb: 'setAlias', name: 'a', alias: 'other', version: '2' }, ALIAS, 'same'],
  [{ verb: 'transition', name: 'a', version: '2', stage: 'Production', archive: false }, STAGE, 'another'],
  [{ verb: 'transition', name: 'a', version: '3', stage: 'Staging', archive: false }, STAGE, 'another'],
  [{ verb: 'transition', name: 'a', version: '2', stage: 'Staging', archive: false }, STAGE, 'same'],
  [{ verb: 'updateVersion', name: 'a', version: '3', description: 'x' }, STAGE, 'same'],
  [{ verb: 'deleteVersion', name: 'a', version: '1' }, STAGE, 'another'],
  [{ verb: 'setAlias', name: 'a', alias: 'best', version: '2' }, STAGE, 'same'],
  [{ verb: 'setAlias', name: 'a', alias: 'best', version: '2' }, REMOVAL, 'another'],
  [{ verb: 'setAlias', name: 'a', alias: 'other', version: '2' }, REMOVAL, 'same'],
  [{ verb: 'updateVersion', name: 'a', version: '1', description: 'x' }, REMOVAL, 'same'],
]

eachEngine('changes that another person approves', TEST_MIGRATIONS, (open) => {
  test('are looked at without being made, and made as the verbs make them', async () => {
    await using db = await open()
    await using bed = await openApproved(db)
    const before = await stateOf(bed.deps, bed.here)
    const { change, modelKey } = await bed.look(STAGE)
    assert.deepEqual(change, {
      ...{ kind: 'stage', modelKey, name: 'a', version: 3 },
      ...{ from: 'None', to: 'Production', archived: [1] },
    })
    assert.deepEqual((await bed.look(ALIAS)).change, {
      ...{ kind: 'alias', modelKey, name: 'a', alias: 'best' },
      ...{ from: 1, to: 3 },
    })
    assert.deepEqual(await stateOf(bed.deps, bed.here), before)
    await bed.apply(STAGE)
    await bed.apply(ALIAS)
    const after = (await stateOf(bed.deps, bed.here)).get('a')!
    assert.deepEqual(
      [...after.versions.values()].map(({ stage }) => stage),
      ['Archived', 'None', 'Production'],
    )
    assert.deepEqual([...after.aliases], [['best', 3]])
    const [moved, set] = (await bed.events()).slice(-2)
    assert.deepEqual(
      [moved?.type, moved?.after],
      ['stage.changed', { stage: 'Production', archived: [1], approval: APPROVAL }],
    )
    assert.deepEqual(
      [set?.type, set?.after],
      ['alias.set', { alias: 'best', version: 3, kind: 'model', approval: APPROVAL }],
    )
    assert.deepEqual(await stateOf(bed.deps, bed.elsewhere), before)
  })

  for (const [call, change, expected] of MEANTIME) {
    test(`after ${JSON.stringify(call)} setting the ${change.kind} is ${expected} change`, async () => {
      await using db = await open()
      await using bed = await openApproved(db)
      const { stateBefore } = await bed.look(change)
      bed.later(1)
      await bed.call(bed.here, call)
      assert.equal((await bed.look(change)).stateBefore === stateBefore, expected === 'same')
    })
  }

  test('an alias is deleted, and its deletion told with the approval', async () => {
    await using db = await open()
    await using bed = await openApproved(db)
    const { change, modelKey } = await bed.look(REMOVAL)
    assert.deepEqual(change, { kind: 'alias', modelKey, name: 'a', alias: 'best', from: 1, to: null })
    await bed.apply(REMOVAL)
    assert.deepEqual([...(await stateOf(bed.deps, bed.here)).get('a')!.aliases], [])
    assert.deepEqual([...(await stateOf(bed.deps, bed.elsewhere)).get('a')!.aliases], [['best', 1]])
    const removed = (await bed.events()).at(-1)
    assert.deepEqual(
      [removed?.type, removed?.before, removed?.after],
      ['alias.removed', { alias: 'best', version: 1, kind: 'model' }, { approval: APPROVAL }],
    )
    await assert.rejects(
      bed.look(REMOVAL),
      refusal('RESOURCE_DOES_NOT_EXIST', /Model 'a' has no alias 'best' that could be deleted/),
    )
  })

  test('of a model that was deleted and made anew are others', async () => {
    await using db = await open()
    await using bed = await openApproved(db)
    const { modelKey, stateBefore } = await bed.look(ALIAS)
    await bed.call(bed.here, { verb: 'delete', name: 'a' })
    await bed.call(bed.here, { verb: 'create', name: 'a', description: undefined, isPrompt: undefined })
    for (let n = 0; n < 3; n++) await bed.call(bed.here, { verb: 'addVersion', name: 'a' })
    await bed.call(bed.here, { verb: 'setAlias', name: 'a', alias: 'best', version: '1' })
    const now = await bed.look(ALIAS)
    assert.notEqual(now.modelKey, modelKey)
    assert.notEqual(now.stateBefore, stateBefore)
  })

  test('refuse what the verbs refuse', async () => {
    await using db = await open()
    await using bed = await openApproved(db)
    await assert.rejects(bed.look({ ...ALIAS, name: 'b' }), noModel('b'))
    await assert.rejects(bed.look({ ...STAGE, version: 4 }), noVersion('a', 4))
    await assert.rejects(bed.look(ALIAS, reading(bed.here, { kind: 'only', keys: [] })), noModel('a'))
    const readOnly = { ...bed.here, may: (permission: string) => permission !== 'model.write' }
    await assert.rejects(bed.look(ALIAS, readOnly), refusal('PERMISSION_DENIED', /lacks 'model.write'/))
    const invalid = (says: RegExp) => refusal('INVALID_PARAMETER_VALUE', says)
    await assert.rejects(bed.look({ ...ALIAS, alias: 'latest' }), invalid(/reserved/))
    await assert.rejects(bed.look({ ...ALIAS, alias: 'a b' }), invalid(/Invalid alias name/))
    await assert.rejects(bed.look({ ...STAGE, stage: 'live' }), invalid(/Invalid Model Version stage: live/))
    await assert.rejects(bed.look({ ...STAGE, stage: 'None' }), invalid(/not an Active stage/))
  })
})

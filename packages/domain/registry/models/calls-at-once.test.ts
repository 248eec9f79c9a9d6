import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import fc from 'fast-check'
import { localOwner } from '../../access/index.ts'
import { readEvents } from '../../events/index.ts'
import { makeCallRegistry } from '../testing/call-registry.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import type { Call } from '../testing/plain-registry.ts'
import { call } from '../testing/random-calls.ts'
import { asTold, codeOf, stateOf } from '../testing/registry-state.ts'
import { replay } from '../testing/replay.ts'

const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

const atOnce = fc.array(call, { minLength: 8, maxLength: 16, size: 'max' })
const batches = fc.array(atOnce, { minLength: 3, maxLength: 6, size: 'max' })

/** So that the calls find something. */
const BEGINNING: readonly Call[][] = [
  [{ verb: 'create', name: 'a', description: undefined, isPrompt: undefined }],
  Array.from({ length: 4 }, () => ({ verb: 'addVersion', name: 'a' })),
]

const REFUSALS = new Set(['INVALID_PARAMETER_VALUE', 'RESOURCE_DOES_NOT_EXIST', 'RESOURCE_ALREADY_EXISTS'])

eachEngine('calls at once', TEST_MIGRATIONS, (open) => {
  test('each happens whole or is refused, and the events in their order tell what is left', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const callRegistry = makeCallRegistry(bed.deps)
    let lastKey = 1000
    let lastEvent = 0
    const property = fc.asyncProperty(batches, async (batches) => {
      const caller = localOwner({ key: ++lastKey, name: 'w' }, { requestId: 'test', address: '' })
      for (const calls of [...BEGINNING, ...batches]) {
        const answers = await Promise.all(calls.map((call) => callRegistry(caller, call).catch(codeOf)))
        const unexpected = answers.filter((answer) => typeof answer === 'string' && !REFUSALS.has(answer))
        assert.deepEqual(unexpected, [])
      }
      const told = await readEvents(db.read, lastEvent, 1000)
      lastEvent = told.at(-1)?.seq ?? lastEvent
      const models = replay(told)
      assert.deepEqual(asTold(await stateOf(bed.deps, caller)), models)
    })
    await fc.assert(property, { numRuns: 40, seed, unbiased: true })
  })
})

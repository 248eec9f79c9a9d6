import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import { makeCallRegistry } from '../testing/call-registry.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import type { Call } from '../testing/plain-registry.ts'
import { stateOf } from '../testing/registry-state.ts'

const BEFORE: readonly Call[] = [
  { verb: 'create', name: 'a', description: 'one', isPrompt: 'true' },
  { verb: 'addVersion', name: 'a' },
  { verb: 'addVersion', name: 'a' },
  { verb: 'transition', name: 'a', version: '2', stage: 'Staging', archive: false },
  { verb: 'setAlias', name: 'a', alias: 'best', version: '1' },
  { verb: 'setVersionTag', name: 'a', version: '1', key: 'k', value: 'v' },
]

const CHANGES: readonly Call[] = [
  { verb: 'create', name: 'A', description: undefined, isPrompt: 'true' },
  { verb: 'update', name: 'a', description: 'two' },
  { verb: 'rename', name: 'a', newName: 'A' },
  { verb: 'delete', name: 'a' },
  { verb: 'setTag', name: 'a', key: IS_PROMPT_TAG, value: 'false' },
  { verb: 'deleteTag', name: 'a', key: IS_PROMPT_TAG },
  { verb: 'setAlias', name: 'a', alias: 'best', version: '2' },
  { verb: 'deleteAlias', name: 'a', alias: 'best' },
  { verb: 'addVersion', name: 'a' },
  { verb: 'updateVersion', name: 'a', version: '1', description: 'two' },
  { verb: 'transition', name: 'a', version: '1', stage: 'Staging', archive: true },
  { verb: 'deleteVersion', name: 'a', version: '1' },
  { verb: 'setVersionTag', name: 'a', version: '1', key: 'k', value: 'w' },
  { verb: 'deleteVersionTag', name: 'a', version: '1', key: 'k' },
]

const TABLES = [
  'registered_models',
  'registered_model_tags',
  'model_versions',
  'version_tags',
  'model_aliases',
  'registry_removals',
] as const

eachEngine('a change and its event', TEST_MIGRATIONS, (open) => {
  for (const call of CHANGES) {
    test(`${call.verb} does both, or nothing where the event cannot be written`, async () => {
      await using db = await open()
      await using bed = await openRegistry(db)
      let woken = 0
      const deps = { ...bed.deps, wakeRemovals: () => woken++ }
      const everything = async () => [
        await stateOf(deps, bed.here),
        await Promise.all(TABLES.map((table) => bed.rowsLeft(table))),
        (await bed.events()).length,
        woken,
      ]
      for (const made of BEFORE) await makeCallRegistry(deps)(bed.here, made)
      const before = await everything()
      bed.later(1)
      async function emit(): Promise<void> {
        throw new Error('the outbox is full')
      }
      await assert.rejects(makeCallRegistry({ ...deps, emit })(bed.here, call), /the outbox is full/)
      assert.deepEqual(await everything(), before)
      await makeCallRegistry(deps)(bed.here, call)
      assert.equal((await bed.events()).length, BEFORE.length + 1)
      assert.notDeepEqual(await everything(), before)
    })
  }
})

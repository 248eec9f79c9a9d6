import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { refusal } from '../testing/refusal.ts'
import { makeModels } from './make-models.ts'

eachEngine('registered models under contention', TEST_MIGRATIONS, (open) => {
  test('of 50 that make one name at once, one wins', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const calls = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        models.create(bed.here, { name: 'm', tags: [{ key: 'who', value: `${i}` }] }),
      ),
    )
    const won = calls.filter((call) => call.status === 'fulfilled')
    assert.equal(won.length, 1)
    for (const call of calls) {
      if (call.status === 'fulfilled') continue
      assert.ok(
        refusal('RESOURCE_ALREADY_EXISTS', 'Registered Model (name=m) already exists.')(call.reason),
        String(call.reason),
      )
    }
    assert.deepEqual(await models.get(bed.here, { name: 'm' }), won[0]?.value)
    assert.deepEqual([await bed.rowsLeft('registered_model_tags'), (await bed.events()).length], [1, 1])
  })

  test('of 20 that take one new name at once, one wins, and the others keep theirs', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const names = Array.from({ length: 20 }, (_, i) => `m${i}`)
    for (const name of names) await models.create(bed.here, { name })
    const calls = await Promise.allSettled(
      names.map((name, i) =>
        i === 0
          ? models.create(bed.here, { name: 'target' })
          : models.rename(bed.here, { name, newName: 'target' }),
      ),
    )
    const lost = calls.filter((call) => call.status === 'rejected')
    assert.equal(lost.length, 19)
    for (const { reason } of lost) {
      assert.ok(
        refusal('RESOURCE_ALREADY_EXISTS', 'Registered Model (name=target) already exists.')(reason),
        String(reason),
      )
    }
    await models.get(bed.here, { name: 'target' })
  })
})

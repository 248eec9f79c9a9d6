import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import fc from 'fast-check'
import { localOwner } from '../../access/index.ts'
import { readEvents } from '../../events/index.ts'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { STAGES } from '../stages.ts'
import { makeCallRegistry } from '../testing/call-registry.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { type Call, type PlainModel, PlainRegistry, Refused } from '../testing/plain-registry.ts'
import { call, NAMES, VERBS } from '../testing/random-calls.ts'
import { asTold, codeOf, stateOf } from '../testing/registry-state.ts'
import { replay } from '../testing/replay.ts'

const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

/** So that the calls find something. */
const BEGINNING = [false, true].flatMap((that) =>
  [
    { verb: 'create', name: 'a', description: undefined, isPrompt: undefined } as const,
    ...['a', 'a', 'a'].map((name) => ({ verb: 'addVersion', name }) as const),
    { verb: 'setAlias', name: 'a', alias: 'best', version: '2' } as const,
  ].map((call): [boolean, Call] => [that, call]),
)

const sequence = fc
  .array(fc.tuple(fc.boolean(), call), { minLength: 20, maxLength: 80, size: 'max' })
  .map((calls) => [...BEGINNING, ...calls])

function plainState({ models }: PlainRegistry): Map<string, unknown> {
  return new Map(NAMES.filter((name) => models.has(name)).map((name) => [name, plainly(models.get(name)!)]))
}

function plainly({ last: _, ...model }: PlainModel) {
  const named = (number: number) =>
    [...model.aliases].filter(([, to]) => to === number).map(([alias]) => alias)
  const numbers = [...model.versions.keys()]
  return {
    ...model,
    kind: model.tags.get(IS_PROMPT_TAG) === 'true' ? 'prompt' : 'model',
    versions: new Map(
      Array.from(model.versions, ([number, shown]) => [number, { ...shown, aliases: named(number).sort() }]),
    ),
    latest: STAGES.flatMap((stage) => {
      const some = numbers.filter((number) => model.versions.get(number)!.stage === stage)
      return some.length === 0 ? [] : [[stage, Math.max(...some)]]
    }),
  }
}

async function rowsOf(db: Database, workspace: number): Promise<number> {
  const rows = await db.read
    .tables<RegistryTables>()
    .selectFrom('model_versions')
    .select('version_key')
    .where('workspace_key', '=', workspace)
    .execute()
  return rows.length
}

eachEngine('sequences of calls', TEST_MIGRATIONS, (open, engine) => {
  test('whatever is called, the registry is as the plain one is, and its events alone tell it', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const callRegistry = makeCallRegistry(bed.deps)
    const workOff = makeWorkOffRegistryRemovals({ db, removeFiles: async () => {} })
    let lastKey = 1000
    let lastEvent = 0
    const succeeded: Call['verb'][] = []
    const property = fc.asyncProperty(sequence, async (calls) => {
      const sides = ['this', 'that'].map((name) => ({
        caller: localOwner({ key: ++lastKey, name }, { requestId: 'test', address: '' }),
        plain: new PlainRegistry(),
      }))
      for (const [that, call] of calls) {
        const { caller, plain } = sides[that ? 1 : 0]!
        bed.later(1)
        const answer = await callRegistry(caller, call).catch(codeOf)
        assert.equal(answer, plainAnswer(plain, call, bed.deps.clock()), JSON.stringify(call))
        assert.deepEqual(await stateOf(bed.deps, caller), plainState(plain), JSON.stringify(call))
        if (typeof answer !== 'string') succeeded.push(call.verb)
      }
      await workOff()
      const told = await readEvents(db.read, lastEvent, 1000)
      lastEvent = told.at(-1)?.seq ?? lastEvent
      for (const { caller, plain } of sides) {
        const { key } = caller.workspace
        const models = replay(told.filter((event) => event.workspaceKey === key))
        assert.deepEqual(models, asTold(plain.models))
        const versions = [...plain.models.values()].reduce((sum, model) => sum + model.versions.size, 0)
        assert.equal(await rowsOf(db, key), versions)
      }
    })
    // A call of PostgreSQL's takes ten times as long.
    await fc.assert(property, { numRuns: engine === 'sqlite' ? 100 : 10, seed, unbiased: true })
    // Random calls that nearly all fail would show little: each has succeeded at least five times.
    if (engine !== 'sqlite') return
    const times = Map.groupBy(succeeded, (verb) => verb)
    const seldom = VERBS.filter((verb) => (times.get(verb)?.length ?? 0) < 5)
    assert.deepEqual(seldom, [])
  })
})

function plainAnswer(plain: PlainRegistry, call: Call, now: number): number | string | undefined {
  try {
    return plain.call(call, now)
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

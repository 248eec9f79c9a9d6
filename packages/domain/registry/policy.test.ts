import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, type Change, Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeArchives } from './archives/make-archives.ts'
import { archivedOf, archiveOf, indexOf } from './testing/archive-of.ts'
import { makeCallRegistry } from './testing/call-registry.ts'
import { openRegistry, TEST_MIGRATIONS } from './testing/open-registry.ts'
import type { Call } from './testing/plain-registry.ts'
import { stateOf } from './testing/registry-state.ts'

/** `a` in both workspaces: version 1 is `best`, 2 in Staging, 3 in Staging and `next`, 4 nowhere. */
const BEFORE: readonly Call[] = [
  { verb: 'create', name: 'a', description: undefined, isPrompt: undefined },
  ...Array.from({ length: 4 }, () => ({ verb: 'addVersion', name: 'a' }) as const),
  { verb: 'setAlias', name: 'a', alias: 'best', version: '1' },
  { verb: 'transition', name: 'a', version: '2', stage: 'Staging', archive: false },
  { verb: 'transition', name: 'a', version: '3', stage: 'Staging', archive: false },
  { verb: 'setAlias', name: 'a', alias: 'next', version: '3' },
]

const PLACED = [
  { version: 3, stage: 'Staging', aliases: ['next'] },
  { version: 2, stage: 'Staging', aliases: [] },
  { version: 1, stage: 'None', aliases: ['best'] },
]

/** What is asked before each change, without the model. */
const ASKED: readonly (readonly [Call, object])[] = [
  [
    { verb: 'setAlias', name: 'a', alias: 'best', version: '2' },
    { kind: 'alias', alias: 'best', from: 1, to: 2 },
  ],
  [
    { verb: 'setAlias', name: 'a', alias: 'new', version: '2' },
    { kind: 'alias', alias: 'new', from: null, to: 2 },
  ],
  [
    { verb: 'deleteAlias', name: 'a', alias: 'best' },
    { kind: 'alias', alias: 'best', from: 1, to: null },
  ],
  [
    { verb: 'transition', name: 'a', version: '1', stage: 'production', archive: false },
    { kind: 'stage', version: 1, from: 'None', to: 'Production', archived: [] },
  ],
  [
    { verb: 'transition', name: 'a', version: '1', stage: 'Staging', archive: true },
    { kind: 'stage', version: 1, from: 'None', to: 'Staging', archived: [2, 3] },
  ],
  [
    { verb: 'transition', name: 'a', version: '2', stage: 'Staging', archive: true },
    { kind: 'stage', version: 2, from: 'Staging', to: 'Staging', archived: [3] },
  ],
  [
    { verb: 'deleteVersion', name: 'a', version: '3' },
    { kind: 'delete-version', held: ['models/a/versions/3', 'models/a'], placed: PLACED[0] },
  ],
  [
    { verb: 'deleteVersion', name: 'a', version: '4' },
    {
      kind: 'delete-version',
      held: ['models/a/versions/4', 'models/a'],
      placed: { version: 4, stage: 'None', aliases: [] },
    },
  ],
  [
    { verb: 'rename', name: 'a', newName: 'A' },
    { kind: 'rename-model', newName: 'A', held: ['models/a'], placed: PLACED },
  ],
  [
    { verb: 'delete', name: 'a' },
    { kind: 'delete-model', held: ['models/a'], placed: PLACED },
  ],
]

/** What changes nothing that a policy could bind. */
const UNASKED: readonly Call[] = [
  { verb: 'setAlias', name: 'a', alias: 'best', version: '1' },
  { verb: 'deleteAlias', name: 'a', alias: 'never' },
  { verb: 'transition', name: 'a', version: '2', stage: 'Staging', archive: false },
  { verb: 'transition', name: 'a', version: '4', stage: 'None', archive: false },
  { verb: 'rename', name: 'a', newName: 'a' },
  { verb: 'addVersion', name: 'a' },
  { verb: 'update', name: 'a', description: 'two' },
  { verb: 'setVersionTag', name: 'a', version: '1', key: 'k', value: 'v' },
]

async function openAsked(db: Database) {
  const bed = await openRegistry(db)
  for (const caller of [bed.elsewhere, bed.here]) {
    for (const call of BEFORE) await makeCallRegistry(bed.deps)(caller, call)
  }
  const asked: Change[] = []
  let refuses = false
  const policy = {
    async ask(_tx: unknown, caller: Caller, change: Change) {
      assert.equal(caller.workspace.name, 'default')
      asked.push(change)
      if (refuses) throw new Problem('PERMISSION_DENIED', 'not so')
    },
  }
  const deps = { ...bed.deps, policy }
  return {
    ...bed,
    deps,
    asked,
    call: makeCallRegistry(deps),
    /** What stands in both workspaces, and what was told. */
    everything: async () => [
      await stateOf(deps, bed.here),
      await stateOf(deps, bed.elsewhere),
      (await bed.events()).length,
    ],
    refuse: (refused: boolean) => {
      refuses = refused
    },
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

const isRefused = (error: unknown) => error instanceof Problem && error.code === 'PERMISSION_DENIED'

eachEngine('a policy of the workspace', TEST_MIGRATIONS, (open) => {
  for (const [call, expected] of ASKED) {
    test(`is asked before ${JSON.stringify(call)}, and nothing happens that it refuses`, async () => {
      await using db = await open()
      await using bed = await openAsked(db)
      const before = await bed.everything()
      bed.later(1)
      bed.refuse(true)
      await assert.rejects(bed.call(bed.here, call), isRefused)
      assert.deepEqual(await bed.everything(), before)
      bed.refuse(false)
      await bed.call(bed.here, call)
      assert.notDeepEqual(await bed.everything(), before)
      const [first, second, ...more] = bed.asked
      assert.ok(first !== undefined && 'modelKey' in first)
      const { modelKey, name, ...rest } = first
      assert.deepEqual([rest, name, typeof modelKey, more], [expected, 'a', 'number', []])
      assert.deepEqual(second, first)
    })
  }

  test('is not asked where nothing changes that it could bind', async () => {
    await using db = await open()
    await using bed = await openAsked(db)
    bed.refuse(true)
    for (const call of UNASKED) await bed.call(bed.here, call)
    assert.deepEqual(bed.asked, [])
  })

  test('is asked before an import that brings stages or aliases, which makes nothing where it is refused', async () => {
    await using db = await open()
    await using bed = await openAsked(db)
    const files = { MLmodel: 'flavors: {}\n' }
    const versions = [
      archivedOf(1, files, { stage: 'Production' }),
      archivedOf(2, files),
      archivedOf(3, files),
    ]
    const aliases = [{ alias: 'champion', version: 3 }]
    const packed = (more: object) =>
      archiveOf(indexOf(versions, { name: 'b', aliases, ...more }), { 1: files, 2: files, 3: files })
    const archives = makeArchives(bed.deps)
    const into = (body: Buffer, name?: string) =>
      archives.import(bed.here, {
        ...(name === undefined ? {} : { name }),
        body: (async function* () {
          yield body
        })(),
      })
    const before = await bed.everything()
    bed.refuse(true)
    await assert.rejects(into(packed({})), isRefused)
    assert.deepEqual(await bed.everything(), before)
    assert.deepEqual(bed.asked, [
      {
        kind: 'import',
        modelKey: 0,
        name: 'b',
        placed: [
          { version: 1, stage: 'Production', aliases: [] },
          { version: 3, stage: 'None', aliases: ['champion'] },
        ],
      },
    ])
    await into(packed({}), 'a')
    const bare = archiveOf(indexOf([archivedOf(1, files)], { name: 'bare' }), { 1: files })
    await into(bare)
    assert.equal(
      bed.asked.length,
      1,
      'an existing model gets neither stages nor aliases, a bare one has none',
    )
  })
})

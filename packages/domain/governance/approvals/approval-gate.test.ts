import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { archivedOf, archiveOf, indexOf } from '../../registry/testing/archive-of.ts'
import type { Call } from '../../registry/testing/plain-registry.ts'
import { stateOf } from '../../registry/testing/registry-state.ts'
import { APPROVAL_MIGRATIONS, type ApprovalBed, openApprovals } from './testing/open-approvals.ts'

/*
 * `a` has version 1 in Production, 2 in Staging and as `champion`, 3 nowhere; `A` (a name that `stateOf` looks at as well)
 * has version 1 in Production and as `champion`, and no policy protects it. Of `a` Production and `champion` are protected.
 */
const move = (version: string, stage: string, archive = false): Call => ({
  ...{ verb: 'transition', name: 'a', version, stage, archive },
})
const alias = (name: string, version: string): Call => ({ verb: 'setAlias', name: 'a', alias: name, version })

const BOUND: Readonly<Record<string, Call>> = {
  'a version comes into the stage': move('3', 'Production'),
  'a version comes into the stage, and others leave it': move('3', 'production', true),
  'the version leaves the stage': move('1', 'None'),
  'the version is archived by hand': move('1', 'Archived'),
  'others leave the stage, while the version stays': { ...move('1', 'Production', true) },
  'the alias is moved': alias('champion', '3'),
  'the alias is deleted': { verb: 'deleteAlias', name: 'a', alias: 'champion' },
  'the version in the stage is deleted': { verb: 'deleteVersion', name: 'a', version: '1' },
  'the version with the alias is deleted': { verb: 'deleteVersion', name: 'a', version: '2' },
  'the model is deleted, to be made anew': { verb: 'delete', name: 'a' },
  'the model is renamed': { verb: 'rename', name: 'a', newName: 'b' },
  'another model is given its name': { verb: 'rename', name: 'A', newName: 'ab' },
}

const FREE: Readonly<Record<string, Call>> = {
  'another stage': move('3', 'Staging'),
  'out of another stage': move('2', 'None'),
  'another alias': alias('best', '3'),
  'an alias in other letters': alias('Champion', '3'),
  'a version that is nowhere is deleted': { verb: 'deleteVersion', name: 'a', version: '3' },
  'the alias is set to where it is': alias('champion', '2'),
  'the version is moved to where it is': move('1', 'Production'),
  'a new version': { verb: 'addVersion', name: 'a' },
  'a tag': { verb: 'setVersionTag', name: 'a', version: '1', key: 'k', value: 'v' },
  'a model of another name': { verb: 'delete', name: 'A' },
}

async function openBound(bed: ApprovalBed) {
  await bed.model('a', ['Production', 'Staging', 'None'], { champion: 2 })
  await bed.model('A', ['Production'], { champion: 1 })
  for (const [name, caller] of [
    ['a', bed.elsewhere],
    ['A', bed.elsewhere],
  ] as const) {
    await bed.model(name, ['Production', 'Staging', 'None'], { champion: 2 }, caller)
  }
  const owner = await bed.as('eve')
  for (const models of ['a', 'ab', 'new*']) {
    await bed.approvals.createPolicy(owner, { models, kind: 'stage', value: 'Production' })
    await bed.approvals.createPolicy(owner, { models, kind: 'alias', value: 'champion' })
  }
  return owner
}

const isBound = (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.code, 'PERMISSION_DENIED')
  assert.match(error.message, /needs the approval of another person: the policy '.*' protects it\.$/)
  assert.ok(error.hint !== undefined && error.hint.length > 20)
  return true
}

eachEngine('what is protected', APPROVAL_MIGRATIONS, (open) => {
  for (const [words, given] of Object.entries(BOUND)) {
    test(`is refused to everybody: ${words}`, async () => {
      await using db = await open()
      await using bed = await openApprovals(db)
      const owner = await openBound(bed)
      // With another version in the stage, so that there is something to archive.
      if (words.startsWith('others leave')) await bed.free(bed.here, move('3', 'Production'))
      const before = [await stateOf(bed.registryDeps, bed.here), (await bed.told()).length]
      await assert.rejects(bed.call(owner, given), isBound)
      assert.deepEqual([await stateOf(bed.registryDeps, bed.here), (await bed.told()).length], before)
      await bed.call(bed.elsewhere, given)
    })
  }

  test('leaves everything else free', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const owner = await openBound(bed)
    for (const [words, call] of Object.entries(FREE)) {
      await bed.call(owner, call).catch((error) => assert.fail(`${words}: ${error}`))
    }
  })

  test('does not come by an import, under its own name or another', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const owner = await openBound(bed)
    const files = { MLmodel: 'flavors: {}\n' }
    const body = (stage: 'None' | 'Production', aliases: readonly string[]) =>
      archiveOf(
        indexOf([archivedOf(1, files, { stage })], {
          name: 'newest',
          aliases: aliases.map((name) => ({ alias: name, version: 1 })),
        }),
        { 1: files },
      )
    const into = (bytes: Buffer, name?: string) =>
      bed.registry.archives.import(owner, {
        ...(name === undefined ? {} : { name }),
        body: (async function* () {
          yield bytes
        })(),
      })
    await assert.rejects(into(body('Production', [])), isBound)
    await assert.rejects(into(body('None', ['champion'])), isBound)
    await assert.rejects(into(body('None', ['best', 'champion']), 'new-name'), isBound)
    await assert.rejects(into(body('Production', []), 'new-name'), isBound)
    assert.equal(
      (await bed.registry.search.models(owner, { filter: "name LIKE 'new%'" } as never)).models.length,
      0,
    )
    await into(body('None', ['best']))
    await into(body('Production', ['champion']), 'elsewhere')
    await into(body('Production', ['champion']), 'a')
    const { aliases } = await bed.registry.models.get(owner, { name: 'a' })
    assert.deepEqual(aliases, [{ alias: 'champion', version: 2 }], 'an import into a model brings no aliases')
  })

  test('stays protected when the model is made anew under the name', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const owner = await openBound(bed)
    await bed.model('newborn', ['None', 'None'])
    await bed.call(owner, { verb: 'delete', name: 'newborn' })
    await bed.model('newborn', ['None'])
    const set: Call = { verb: 'setAlias', name: 'newborn', alias: 'champion', version: '1' }
    await assert.rejects(bed.call(owner, set), isBound)
  })

  test('`*` stands for every alias and for every stage but None', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('x', ['None', 'Archived'])
    const owner = await bed.as('eve')
    for (const kind of ['stage', 'alias'] as const) {
      await bed.approvals.createPolicy(owner, { models: '*', kind, value: '*' })
    }
    const stage = (version: string, to: string): Call => ({
      ...{ verb: 'transition', name: 'x', version, stage: to, archive: false },
    })
    await assert.rejects(bed.call(owner, stage('1', 'Staging')), isBound)
    await assert.rejects(bed.call(owner, stage('1', 'Archived')), isBound)
    await assert.rejects(bed.call(owner, stage('2', 'None')), isBound)
    await assert.rejects(
      bed.call(owner, { verb: 'setAlias', name: 'x', alias: 'any', version: '1' }),
      isBound,
    )
    await assert.rejects(bed.call(owner, { verb: 'deleteVersion', name: 'x', version: '2' }), isBound)
    await bed.call(owner, { verb: 'deleteVersion', name: 'x', version: '1' })
  })

  test('is asked for in the way that the refusal says', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const owner = await openBound(bed)
    const error: Problem = await bed.call(owner, move('3', 'Production', true)).then(
      () => assert.fail('it was not refused'),
      (refusal) => refusal,
    )
    const given = JSON.parse(/\{.*\}/.exec(error.hint!)![0])
    assert.deepEqual(given, {
      ...{ kind: 'stage', name: 'a', version: '3', value: 'Production', archive_existing: true },
    })
    const change = {
      kind: 'stage',
      name: 'a',
      version: Number(given.version),
      stage: given.value,
      archiveExisting: given.archive_existing,
    } as const
    const { id } = await bed.approvals.request(await bed.as('ada'), { change })
    assert.equal((await bed.approvals.approve(owner, { id })).state, 'approved')
  })
})

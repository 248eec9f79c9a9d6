import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../server/http/testing/serve-accounts.ts'
import { openCli } from '../testing/open-cli.ts'
import { jsonOf, type Typed } from '../testing/type.ts'

const done = (typed: Typed): Typed => {
  assert.equal(typed.code, 0, typed.err)
  return typed
}

type Cli = Awaited<ReturnType<typeof openCli>>

/** A run with a file, registered. @returns the run's id */
async function registered({ root, makeRun, type }: Cli, name: string, text = 'weights'): Promise<string> {
  const run_id = await makeRun()
  await root.files.upload({ run_id }, 'out/model.bin', text)
  done(await type('model', 'register', name, '--run', run_id, '--path', 'out'))
  return run_id
}

eachEngine('models at the command line', MIGRATIONS, (open) => {
  test('a model is registered, found by number, alias and stage, and used', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, home } = cli
    const run_id = await registered(cli, 'fraud')
    writeFileSync(join(home, 'model.yml'), `run_id: ${run_id}\npath: out\n`)
    const argv = [
      'model',
      'register',
      'fraud',
      '-f',
      'model.yml',
      '--tag',
      'git=4f2a',
      '--query',
      'version',
      '-o',
      'tsv',
    ]
    assert.equal(done(await type(...argv)).out, '2\n')
    assert.deepEqual(jsonOf(done(await type('model', 'list', '--query', '[].name'))), ['fraud'])
    assert.deepEqual(jsonOf(await type('model', 'list', '-w', 'elsewhere')), [])
    assert.deepEqual(jsonOf(done(await type('model', 'versions', 'fraud', '--query', '[].version'))), [
      '2',
      '1',
    ])
    done(await type('model', 'alias', 'champion', 'models:/fraud/1'))
    const show = async (version: string) => jsonOf(done(await type('model', 'show', version))).version
    assert.deepEqual(
      [await show('fraud@champion'), await show('fraud/latest'), await show('fraud/2')],
      ['1', '2', '2'],
    )
    done(await type('model', 'stage', 'fraud/2', 'Production', '--archive-existing'))
    assert.equal(await show('fraud/production'), '2')
    assert.equal((await type('model', 'show', 'fraud/Staging')).code, 5)
    assert.deepEqual(jsonOf(done(await type('model', 'used', 'fraud/1'))).aliases, ['champion'])
    assert.equal(jsonOf(done(await type('model', 'compare', 'fraud/1', 'fraud@latest'))).signature.same, true)
    done(await type('model', 'alias', 'champion', 'fraud/1', '--delete'))
    assert.equal((await type('model', 'show', 'fraud@champion')).code, 5)
    assert.equal((await type('model', 'show', 'fraud/one')).code, 2)
    assert.equal((await type('model', 'register', 'fraud')).code, 2)
    assert.equal((await type('model', 'register', 'fraud', '--source', 's3://b/m', '--path', 'x')).code, 2)
  })

  test('tags, descriptions and names', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    await registered(cli, 'fraud')
    const tagged = jsonOf(
      done(await type('model', 'tag', 'fraud/1', '--tag', 'a=1', '--tag', 'orrery.flavors')),
    )
    assert.equal(tagged.tags.find(({ key }: { key: string }) => key === 'a').value, '1')
    assert.equal(
      tagged.tags.some(({ key }: { key: string }) => key === 'orrery.flavors'),
      false,
    )
    assert.deepEqual(jsonOf(done(await type('model', 'tag', 'fraud', '--tag', 'b=2'))).tags, [
      { key: 'b', value: '2' },
    ])
    assert.equal(
      jsonOf(done(await type('model', 'update', 'fraud/1', '--description', 'x'))).description,
      'x',
    )
    assert.equal(jsonOf(done(await type('model', 'update', 'fraud', '--name', 'cards'))).name, 'cards')
    assert.equal((await type('model', 'show', 'fraud')).code, 5)
  })

  test('its files are downloaded, checked and carried to another workspace', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, home } = cli
    const run_id = await registered(cli, 'fraud')
    const down = jsonOf(done(await type('model', 'download', 'fraud/1', '--to', 'm')))
    assert.equal(down.files, 1)
    assert.equal(readFileSync(join(home, 'm/model.bin'), 'utf8'), 'weights')
    assert.deepEqual(jsonOf(done(await type('model', 'check', 'fraud/1', '--deep'))).changed, [])
    done(await type('model', 'export', 'fraud', '--to', 'fraud.tar'))
    assert.equal((await type('model', 'export', 'fraud', '--to', 'fraud.tar')).code, 6)
    const carried = jsonOf(
      done(await type('model', 'import', 'fraud.tar', '--name', 'copy', '-w', 'elsewhere')),
    )
    assert.deepEqual(carried.versions, [{ archived: '1', version: '1' }])
    assert.deepEqual(jsonOf(await type('model', 'list', '-w', 'elsewhere', '--query', '[].name')), ['copy'])
    await cli.root.files.upload({ run_id }, 'out/model.bin', 'others')
    const checked = await type('model', 'check', 'fraud/1')
    assert.equal(checked.code, 10)
    assert.deepEqual(jsonOf(checked).changed, ['model.bin'])
    assert.match(checked.err, /1 files of fraud\/1 are not as they were registered/)
    const again = await type('model', 'download', 'fraud/1', '--to', 'again')
    assert.equal(again.code, 6, again.err)
    assert.ok(!existsSync(join(home, 'again/model.bin')))
    assert.equal((await type('model', 'import', 'no.tar')).code, 2)
  })

  test('a version and a model are deleted for good', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    await registered(cli, 'fraud')
    await registered(cli, 'fraud')
    done(await type('model', 'delete', 'fraud/1', '--yes'))
    assert.deepEqual(jsonOf(await type('model', 'versions', 'fraud', '--query', '[].version')), ['2'])
    done(await type('model', 'delete', 'fraud', '--yes'))
    assert.equal((await type('model', 'show', 'fraud')).code, 5)
  })
})

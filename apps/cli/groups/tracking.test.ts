import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** What a person sees: a column for each run, differences first. */
async function checkTable(type: (...argv: string[]) => Promise<Typed>, one: string, two: string) {
  const tableOf = async (...more: string[]) =>
    done(await type('run', 'compare', one, two, '-o', 'table', ...more))
      .out.split('\n')
      .map((line) => line.split(/ {2,}/))
  const [head, ...rows] = await tableOf()
  assert.deepEqual(head!.slice(0, 2), ['What', 'Name'])
  // As many letters as tell them apart, eight at least.
  const isBeginning = (id: string, shown = '') => shown.length >= 8 && id.startsWith(shown)
  assert.ok(isBeginning(one, head![2]) && isBeginning(two, head![3]) && head![2] !== head![3], String(head))
  const named = (name: string, among = rows) => among.find((row) => row[1] === name)
  assert.deepEqual(
    rows.slice(0, 3).map(([, name]) => name),
    ['run_name', 'status', 'experiment_id'],
  )
  assert.deepEqual(named('depth'), ['param', 'depth', '3', '4'])
  assert.deepEqual(named('loss'), ['metric', 'loss', '0.5'])
  assert.equal(named('same'), undefined)
  const [wide, ...all] = await tableOf('--all')
  assert.deepEqual(wide!.slice(0, 3), ['What', 'Name', 'Differs'])
  assert.deepEqual(named('depth', all), ['param', 'depth', 'yes', '3', '4'])
  assert.deepEqual(named('same', all), ['param', 'same', 'x', 'x'])
  const at = (name: string) => all.findIndex((row) => row[1] === name)
  assert.ok(at('loss') < at('same'), 'what differs comes first')
}

eachEngine('experiments, runs and files at the command line', MIGRATIONS, (open) => {
  test('an experiment by name and by id, in its own workspace', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    const made = jsonOf(
      done(await type('experiment', 'create', 'wine', '--tag', 'team=a', '-w', 'elsewhere')),
    )
    assert.deepEqual(made.tags, [{ key: 'team', value: 'a' }])
    assert.equal(
      (await type('experiment', 'show', 'wine')).code,
      5,
      'another workspace has none of that name',
    )
    assert.equal((await type('experiment', 'create', 'wine', '-w', 'elsewhere')).code, 6)
    const again = await type('experiment', 'create', 'wine', '--if-missing', '-w', 'elsewhere')
    assert.equal(jsonOf(done(again)).experiment_id, made.experiment_id)
    const updated = await type(
      'experiment',
      'update',
      'wine',
      '--name',
      'vin',
      '--tag',
      'x=1',
      '--tag',
      'team',
      '-w',
      'elsewhere',
    )
    assert.deepEqual(jsonOf(done(updated)).tags, [{ key: 'x', value: '1' }])
    done(await type('experiment', 'delete', 'vin', '--yes', '-w', 'elsewhere'))
    const names = (...more: string[]) =>
      type('experiment', 'list', '--query', '[].name', '-w', 'elsewhere', ...more)
    assert.deepEqual(jsonOf(await names()).includes('vin'), false)
    assert.deepEqual(jsonOf(await names('--include-deleted')).includes('vin'), true)
    done(await type('experiment', 'restore', 'vin', '-w', 'elsewhere'))
    done(await type('experiment', 'delete', made.experiment_id, '--yes', '-w', 'elsewhere'))
    done(await type('experiment', 'delete', made.experiment_id, '--permanently', '--yes', '-w', 'elsewhere'))
  })

  test('runs are found, shown by the beginning of their id, compared, moved, put aside and removed', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, root } = cli
    const ids = await Promise.all([cli.makeRun(), cli.makeRun()])
    const [one, two] = ids as [string, string]
    await root.runs.logBatch({
      run_id: one,
      params: [
        { key: 'depth', value: '3' },
        { key: 'same', value: 'x' },
      ],
      metrics: [{ key: 'loss', value: 0.5, timestamp: 1, step: 0 }],
    })
    await root.runs.logBatch({
      run_id: two,
      params: [
        { key: 'depth', value: '4' },
        { key: 'same', value: 'x' },
      ],
    })
    assert.deepEqual(
      jsonOf(done(await type('run', 'list', '--query', '[].info.run_id'))).sort(),
      [...ids].sort(),
    )
    const filtered = await type(
      'run',
      'list',
      '-e',
      '0',
      '--filter',
      'metrics.loss < 1',
      '--query',
      '[0].info.run_id',
      '-o',
      'tsv',
    )
    assert.equal(done(filtered).out, `${one}\n`)
    assert.equal((await type('run', 'list', '--filter', 'nonsense <')).code, 2)
    assert.equal(jsonOf(done(await type('run', 'show', one))).info.run_id, one)
    assert.equal(jsonOf(done(await type('run', 'metrics', one, 'loss')))[0].value, 0.5)
    const different = jsonOf(done(await type('run', 'compare', one, two)))
    assert.deepEqual(different.find(({ name }: { name: string }) => name === 'depth').values, {
      [one]: '3',
      [two]: '4',
    })
    await checkTable(type, one, two)
    assert.equal(
      different.some(({ name }: { name: string }) => name === 'same'),
      false,
    )
    assert.equal((await type('run', 'compare', one)).code, 2)
    assert.match((await type('run', 'compare', one, one)).err, /is named twice/)
    done(await type('experiment', 'create', 'there'))
    done(await type('run', 'move', one, two, '--to', 'there'))
    assert.equal(jsonOf(await type('run', 'list', '-e', 'there')).length, 2)
    done(await type('run', 'delete', one, '--yes'))
    assert.equal(jsonOf(await type('run', 'list', '-e', 'there')).length, 1)
    done(await type('run', 'restore', one))
    assert.equal((await type('run', 'remove', one, '--yes')).code, 6, 'only what was put aside')
    done(await type('run', 'delete', one, '--yes'))
    done(await type('run', 'remove', one, '--yes'))
    assert.equal((await type('run', 'show', one)).code, 5)
  })

  test('lists are read to their end, also over several pages', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    for (let i = 0; i < 7; i++) await cli.makeRun()
    const count = async (...argv: string[]) =>
      Number(done(await cli.type(...argv, '--query', 'length(@)')).out)
    assert.equal(await count('run', 'list', '--max-results', '5'), 5)
    assert.equal(await count('run', 'list', '--max-results', '100000'), 7)
    assert.equal((await cli.type('run', 'list', '--max-results', '0')).code, 2)
    await cli.server.settle()
    assert.equal(await count('event', 'list', '-t', 'run.created', '--max-results', '3'), 3)
    assert.equal(await count('audit', 'list', '-t', 'run.created', '--max-results', '3000'), 7)
  })

  test('a beginning that several runs have is refused with all of them', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    // The ids of the tests count up: all of them begin alike.
    const ids = await Promise.all(Array.from({ length: 3 }, () => cli.makeRun()))
    const beginning = ids[0]!.slice(0, 8)
    assert.ok(ids.every((id) => id.startsWith(beginning)))
    const typed = await cli.type('run', 'show', beginning)
    assert.equal(typed.code, 2)
    for (const id of ids) assert.ok(typed.err.includes(id))
    assert.equal((await cli.type('run', 'show', 'ffffff')).code, 5)
    const { experiment_id } = await cli.root.experiments.create({ name: 'solo' })
    const { run } = await cli.root.runs.create({ experiment_id })
    const alone = await cli.type(
      'run',
      'show',
      beginning,
      '-e',
      'solo',
      '--query',
      'info.run_id',
      '-o',
      'tsv',
    )
    assert.equal(done(alone).out, `${run.info.run_id}\n`)
  })

  test('waiting ends with the run: 0 when it finished, 10 when it failed, and the run is printed either way', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, root } = cli
    const run_id = await cli.makeRun()
    const now = await type('run', 'wait', run_id, '--no-wait', '--query', 'info.status', '-o', 'tsv')
    assert.deepEqual([now.code, now.out], [0, 'RUNNING\n'])
    const late = await type('run', 'wait', run_id, '--timeout', '0')
    assert.equal(late.code, 7)
    await root.runs.update({ run_id, status: 'FAILED' })
    const failed = await type('run', 'wait', run_id, '--query', 'info.status', '-o', 'tsv')
    assert.deepEqual([failed.code, failed.out], [10, 'FAILED\n'])
    await root.runs.update({ run_id, status: 'FINISHED' })
    assert.equal((await type('run', 'wait', run_id)).code, 0)
  })

  test('files go up and come down as they were', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, home } = cli
    const run_id = await cli.makeRun()
    mkdirSync(join(home, 'plots/deep'), { recursive: true })
    writeFileSync(join(home, 'plots/a.txt'), 'a')
    writeFileSync(join(home, 'plots/deep/ü b.bin'), Buffer.alloc(70_000, 7))
    writeFileSync(join(home, 'plots/empty'), '')
    symlinkSync('/etc/hostname', join(home, 'plots/link'))
    const up = await type('artifact', 'upload', run_id, 'plots', '--to', 'out/plots')
    assert.equal(jsonOf(done(up)).files, 3)
    assert.match(up.err, /Left out: .*link/)
    const listed = jsonOf(done(await type('artifact', 'list', run_id, '-r', '--query', '[].path')))
    assert.deepEqual(listed.sort(), ['out/plots/a.txt', 'out/plots/deep/ü b.bin', 'out/plots/empty'])
    assert.deepEqual(jsonOf(await type('artifact', 'list', run_id, '--query', '[].path')), ['out'])
    const down = jsonOf(done(await type('artifact', 'download', run_id, 'out/plots', '--to', 'here')))
    assert.equal(down.files, 3)
    assert.deepEqual(readFileSync(join(home, 'here/out/plots/deep/ü b.bin')), Buffer.alloc(70_000, 7))
    assert.equal(readFileSync(join(home, 'here/out/plots/empty'), 'utf8'), '')
    assert.equal((await type('artifact', 'download', run_id, 'out/plots/a.txt', '--to', 'here')).code, 6)
    done(await type('artifact', 'download', run_id, 'out/plots/a.txt', '--to', 'here', '--force'))
    assert.equal((await type('artifact', 'download', run_id, 'nothing')).code, 5)
    assert.equal((await type('artifact', 'upload', run_id, 'nothing')).code, 2)
    assert.deepEqual(readdirSync(join(home, 'here/out/plots')).sort(), ['a.txt', 'deep', 'empty'])
    assert.ok(!existsSync(join(home, 'nothing')))
  })
})

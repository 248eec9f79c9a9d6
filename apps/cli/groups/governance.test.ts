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

eachEngine('events, the audit log, lineage and rules at the command line', MIGRATIONS, (open) => {
  test('events are listed and told as stories, in their own workspace', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, home } = cli
    const run_id = await cli.makeRun(cli.elsewhere)
    await cli.elsewhere.files.upload({ run_id }, 'out/m.bin', 'w')
    done(await type('model', 'register', 'fraud', '--run', run_id, '--path', 'out', '-w', 'elsewhere'))
    await cli.server.settle()
    const types = jsonOf(done(await type('event', 'types', '--query', '[].type')))
    assert.ok(types.includes('version.created'))
    const list = (...more: string[]) => type('event', 'list', '--query', '[].type', ...more)
    const inElsewhere = jsonOf(done(await list('-w', 'elsewhere', '--since', '2020-01-01')))
    assert.ok(inElsewhere.includes('run.created') && inElsewhere.includes('version.created'), inElsewhere)
    assert.deepEqual(
      jsonOf(done(await list('-w', 'elsewhere', '-t', 'run.*', '--max-results', '1'))).length,
      1,
    )
    assert.ok(!jsonOf(done(await list())).includes('version.created'))
    assert.equal((await list('--since', 'soon')).code, 2)
    const audited = await type(
      'audit',
      'list',
      '--actor',
      'user:root',
      '-t',
      'version.created',
      '-w',
      'elsewhere',
      '--query',
      '[].subject',
    )
    assert.deepEqual(jsonOf(done(audited)), ['models/fraud/versions/1'])
    const story = await type(
      'audit',
      'story',
      'models/fraud/versions/1',
      '-w',
      'elsewhere',
      '--query',
      '[0].sentence',
      '-o',
      'tsv',
    )
    assert.match(done(story).out, /root/)
    done(await type('audit', 'download', '--to', 'log.jsonl', '-w', 'elsewhere'))
    assert.match(readFileSync(join(home, 'log.jsonl'), 'utf8'), /version\.created/)
    assert.ok(existsSync(join(home, 'log.jsonl')))
    const checked = jsonOf(done(await type('audit', 'check', '-w', 'elsewhere')))
    assert.ok(checked.verified > 0)
    assert.equal(checked.head.hash, jsonOf(done(await type('audit', 'head', '-w', 'elsewhere'))).head.hash)
    writeFileSync(join(home, 'anchor.json'), '{"no": "anchor"}')
    assert.notEqual((await type('audit', 'check', '--anchor', 'anchor.json', '-w', 'elsewhere')).code, 0)
    assert.equal((await type('audit', 'check', '--anchor', 'nothing.json')).code, 2)
    const walked = jsonOf(done(await type('lineage', 'show', 'version', 'fraud@latest', '-w', 'elsewhere')))
    assert.deepEqual(walked.nodes.map(({ kind }: { kind: string }) => kind).sort(), ['run', 'version'])
    const table = done(await type('lineage', 'show', 'run', run_id, '-w', 'elsewhere', '-o', 'tsv')).out
    assert.match(table, /^0\trun\t/)
    assert.ok(
      Array.isArray(jsonOf(done(await type('lineage', 'export', 'version', 'fraud/1', '-w', 'elsewhere')))),
    )
    assert.equal((await type('lineage', 'show', 'planet', 'x')).code, 2)
  })

  test('events are followed as they happen, until so many have come', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const following = cli.type(
      'event',
      'follow',
      '-t',
      'run.*',
      '--count',
      '2',
      '--after',
      '0',
      '--query',
      'type',
      '-o',
      'tsv',
    )
    await cli.makeRun()
    await cli.makeRun()
    assert.equal(done(await following).out, 'orrery.run.created\norrery.run.created\n')
    const line = done(await cli.type('event', 'follow', '-t', 'run.*', '--count', '1', '--after', '0'))
    assert.equal(jsonOf(line).type, 'orrery.run.created')
    assert.equal(line.out.trimEnd().split('\n').length, 1)
    const row = done(
      await cli.type('event', 'follow', '-t', 'run.*', '--count', '1', '--after', '0', '-o', 'tsv'),
    )
    assert.equal(row.out.split('\t').length, 5)
  })

  test('a subscription from its making to its end', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type, typeWith, home } = cli
    writeFileSync(join(home, 's.yml'), 'filter:\n  types: [run.created]\nmax_attempts: 3\n')
    const argv = [
      'subscription',
      'create',
      'ci',
      '--to',
      'https://ci.example.org/hook',
      '-f',
      's.yml',
      '--secret-stdin',
    ]
    const made = jsonOf(done(await typeWith({ stdin: 'a secret of some length' }, ...argv)))
    assert.deepEqual([made.filter.types, made.max_attempts, made.has_secret], [['run.created'], 3, true])
    const bad = await type(
      'subscription',
      'create',
      'x',
      '--to',
      'https://a.example.org',
      '--set',
      'filter.type=run',
    )
    assert.match(bad.err, /no field 'filter\.type'[\s\S]*types/)
    const disabled = await type('subscription', 'update', made.id, '--status', 'disabled')
    assert.equal(jsonOf(done(disabled)).status, 'disabled')
    assert.deepEqual(jsonOf(done(await type('subscription', 'list', '--query', '[].name'))), ['ci'])
    assert.deepEqual(jsonOf(await type('subscription', 'list', '-w', 'elsewhere')), [])
    assert.equal(jsonOf(done(await type('subscription', 'show', made.id))).id, made.id)
    assert.deepEqual(jsonOf(done(await type('subscription', 'deliveries', made.id))), [])
    done(await type('subscription', 'delete', made.id, '--yes'))
    assert.equal((await type('subscription', 'show', made.id)).code, 5)
  })

  test('rules of retention and legal holds', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    const set = await type('retention', 'set', 'deleted-runs', '--days', '30', '--reason', 'Disk.')
    assert.equal(jsonOf(done(set)).after_days, 30)
    assert.equal((await type('retention', 'set', 'deleted-rnus', '--days', '30')).code, 2)
    assert.equal((await type('retention', 'set', 'deleted-runs', '--days', 'x')).code, 2)
    const rules = jsonOf(
      done(await type('retention', 'list', '--query', "[?what=='deleted-runs'].after_days")),
    )
    assert.deepEqual(rules, [30])
    assert.ok(Array.isArray(jsonOf(done(await type('retention', 'dry-run', 'deleted-runs')))))
    const held = jsonOf(
      done(await type('retention', 'hold', 'experiments/0', '--title', 'Case', '--reason', 'Letter.')),
    )
    assert.deepEqual(jsonOf(done(await type('retention', 'holds', '--query', '[].title'))), ['Case'])
    done(await type('retention', 'release', held.id, '--reason', 'Closed.'))
    assert.deepEqual(jsonOf(await type('retention', 'holds')), [])
    assert.equal(jsonOf(await type('retention', 'holds', '--lifted')).length, 1)
    done(await type('retention', 'lift', 'deleted-runs'))
  })

  test('reasons are demanded', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    const set = await type(
      'approval',
      'require-reason',
      'alias',
      '--demand',
      'always',
      '--reason',
      'The board wants it.',
    )
    assert.equal(jsonOf(done(set)).demand, 'always')
    const query = "[?change=='alias'].demand | [0]"
    assert.equal(done(await type('approval', 'reasons', '--query', query, '-o', 'tsv')).out, 'always\n')
    const run_id = await cli.makeRun()
    await cli.root.files.upload({ run_id }, 'out/m.bin', 'w')
    done(await type('model', 'register', 'fraud', '--run', run_id, '--path', 'out'))
    assert.notEqual((await type('model', 'alias', 'champion', 'fraud/1')).code, 0)
    done(await type('model', 'alias', 'champion', 'fraud/1', '--reason', 'It is better.'))
    assert.equal((await type('approval', 'require-reason', 'everything', '--demand', 'always')).code, 2)
  })

  test('requests are listed, rejected and withdrawn, and protections lifted', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const { type } = cli
    const run_id = await cli.makeRun()
    await cli.root.files.upload({ run_id }, 'out/m.bin', 'w')
    done(await type('model', 'register', 'fraud', '--run', run_id, '--path', 'out'))
    const policy = jsonOf(
      done(
        await type(
          'approval',
          'protect',
          'fra*',
          'Production',
          '--kind',
          'stage',
          '--hours',
          '2',
          '--reason',
          'Four eyes.',
        ),
      ),
    )
    assert.equal(policy.expires_ms, 7_200_000)
    assert.deepEqual(jsonOf(done(await type('approval', 'policies', '--query', '[].id'))), [policy.id])
    const refused = await type('model', 'stage', 'fraud/1', 'Production', '--reason', 'Now!')
    assert.equal(refused.code, 4, 'it is protected')
    assert.match(
      refused.err,
      /\nOr: orrery approval request fraud\/1 Production --kind stage( --archive-existing)? --reason "…"\n$/,
    )
    const asked = jsonOf(
      done(
        await type('approval', 'request', 'fraud/1', 'Production', '--kind', 'stage', '--reason', 'AUC 0.9'),
      ),
    )
    assert.equal(jsonOf(done(await type('approval', 'show', asked.id))).state, 'open')
    assert.equal(
      (await type('approval', 'approve', asked.id, '--reason', 'Me.')).code,
      4,
      'not by whoever asked',
    )
    assert.equal(
      jsonOf(done(await type('approval', 'withdraw', asked.id, '--reason', 'No.'))).state,
      'withdrawn',
    )
    assert.deepEqual(jsonOf(done(await type('approval', 'list', '--state', 'open'))), [])
    assert.equal(jsonOf(done(await type('approval', 'list', '--model', 'fraud'))).length, 1)
    const removal = [
      'approval',
      'request',
      'fraud',
      'champion',
      '--kind',
      'delete-alias',
      '--reason',
      'Retired',
    ]
    assert.match((await type(...removal)).err, /has no alias 'champion'/)
    assert.equal((await type(...removal.with(2, 'fraud/1'))).code, 2, 'it names a version')
    done(await type('model', 'alias', 'champion', 'fraud/1', '--reason', 'It is better.'))
    assert.match((await type(...removal)).err, /No policy protects the deletion of the alias/)
    done(await type('approval', 'protect', 'fraud', 'champion', '--kind', 'alias', '--reason', 'Four eyes.'))
    const gone = jsonOf(done(await type(...removal)))
    assert.deepEqual([gone.kind, gone.version, gone.state], ['delete-alias', '1', 'open'])
    const whoMay = (...more: string[]) => type('approval', 'deciders', ...more)
    assert.deepEqual(jsonOf(done(await whoMay(gone.id))), [], 'there is nobody but who asked')
    const [only] = jsonOf(done(await whoMay(gone.policy, '--policy')))
    const shown = done(await whoMay(gone.policy, '--policy', '-o', 'table')).out
    assert.ok(shown.includes('Account') && shown.includes(only), shown)
    done(await type('approval', 'unprotect', policy.id, '--yes', '--reason', 'Over.'))
    assert.equal(jsonOf(await type('approval', 'policies')).length, 1)
  })
})

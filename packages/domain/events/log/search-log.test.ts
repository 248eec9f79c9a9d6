import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type SqlBool, sql } from 'kysely'
import type { Event } from '../event.ts'
import { eventsMigrations } from '../index.ts'
import type { LogPlace, LogQuery } from '../log.ts'
import { type OpenLog, openLog, someone } from '../testing/open-log.ts'
import { makeHearing } from './may-hear.ts'
import { planSearch, rowsAlong, searchLog } from './search-log.ts'

const MODULES = [eventsMigrations]
const alice = someone(1)
const bob = someone(1, { principal: { kind: 'user', name: 'bob', key: 2 }, requestId: 'of-bob' })
const elsewhere = someone(2)

const run = (id: string, type: Event['type'] = 'run.created', on = 7): Event => ({
  type,
  subject: `runs/${id}`,
  on,
})
const model = (rest: string, type: Event['type'] = 'version.created', on = 3): Event => ({
  type,
  subject: `models/${rest}`,
  on,
})

type Asked = Omit<LogQuery, 'workspaceKey' | 'durable' | 'limit'> & { limit?: number; workspaceKey?: number }

async function search({ db, log }: OpenLog, asked: Asked = {}) {
  const query = { workspaceKey: 1, durable: log.durable, limit: 100, ...asked }
  return db.scan((reads) => searchLog(reads, query))
}

async function positions(log: OpenLog, asked: Asked = {}): Promise<number[]> {
  const { events } = await search(log, asked)
  return events.map(({ position }) => position)
}

/** All pages of a question, and how many there were. */
async function walk(log: OpenLog, asked: Asked): Promise<{ found: number[]; pages: number }> {
  const found: number[] = []
  let before: LogPlace | undefined
  let pages = 0
  do {
    const page = await search(log, { ...asked, before })
    found.push(...page.events.map(({ position }) => position))
    before = page.next
    pages += 1
  } while (before !== undefined)
  return { found, pages }
}

eachEngine('search of the log', MODULES, (open, engine) => {
  test('each field narrows, newest first, and nothing of another workspace is found', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('a'), model('fraud/versions/1'))
    await log.tell(elsewhere, run('a'), model('fraud/versions/1'))
    log.later(1_000)
    await log.tell(
      bob,
      run('a', 'run.deleted'),
      run('ab'),
      model('fraud', 'model.tag-set'),
      model('fraudulent'),
    )
    const at = 1_700_000_001_000
    const rows: [Asked, number[]][] = [
      [{}, [8, 7, 6, 5, 2, 1]],
      [{ workspaceKey: 2 }, [4, 3]],
      [{ workspaceKey: 3 }, []],
      [{ subject: 'runs/a' }, [5, 1]],
      [{ subject: 'runs/' }, [6, 5, 1]],
      [{ subject: 'models/fraud' }, [7]],
      [{ subject: 'models/fraud/' }, [2]],
      [{ subject: 'run' }, []],
      [{ actor: 'user:bob' }, [8, 7, 6, 5]],
      [{ actor: 'user:bob', subject: 'runs/a' }, [5]],
      [{ types: ['run.created'] }, [6, 1]],
      [{ types: ['run.created', 'model.tag-set'] }, [7, 6, 1]],
      [{ actor: 'user:alice', types: ['run.created', 'run.deleted'] }, [1]],
      [{ since: at }, [8, 7, 6, 5]],
      [{ until: at - 1 }, [2, 1]],
      [{ since: at, until: at, subject: 'runs/' }, [6, 5]],
      [{ requestId: 'of-bob', types: ['run.deleted'] }, [5]],
      [{ requestId: 'nobody' }, []],
    ]
    for (const [asked, expected] of rows) {
      assert.deepEqual(await positions(log, asked), expected, JSON.stringify(asked))
      const oldest = await positions(log, { ...asked, oldestFirst: true })
      assert.deepEqual(oldest, expected.toReversed(), `${JSON.stringify(asked)}, oldest first`)
    }
  })

  test('pages of every kind of question end nowhere and repeat nothing', async () => {
    await using db = await open()
    await using log = await openLog(db)
    for (let n = 0; n < 20; n++) {
      await log.tell(n % 3 === 0 ? bob : alice, run(`${n % 4}`), model(`m${n % 2}/versions/${n}`))
      if (n % 5 === 0) log.later(1)
    }
    const rows: Asked[] = [
      {},
      { subject: 'runs/1' },
      { subject: 'models/m1/' },
      { actor: 'user:bob' },
      { types: ['run.created', 'version.created'] },
      { since: 1_700_000_000_001 },
      { actor: 'user:alice', types: ['run.created'] },
    ]
    for (const asked of rows) {
      for (const oldestFirst of [false, true]) {
        const whole = await positions(log, { ...asked, oldestFirst })
        assert.ok(whole.length > 3, JSON.stringify(asked))
        for (const limit of [1, 3]) {
          const { found } = await walk(log, { ...asked, limit, oldestFirst })
          assert.deepEqual(found, whole, JSON.stringify({ ...asked, limit, oldestFirst }))
        }
      }
    }
  })

  test('nothing beyond the durable end is seen', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('a'), run('a'), run('a'))
    for (const subject of [undefined, 'runs/a', 'runs/']) {
      const query = { workspaceKey: 1, durable: 2, limit: 10, subject }
      const { events } = await db.scan((reads) => searchLog(reads, query))
      assert.deepEqual(
        events.map(({ position }) => position),
        [2, 1],
      )
    }
  })

  test('whoever may not read all sees what is about things that they may read', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(
      alice,
      run('a', 'run.created', 7),
      run('b', 'run.created', 8),
      model('fraud', 'model.tag-set', 3),
      model('other', 'model.tag-set', 4),
      { type: 'token.created', subject: 'tokens/1' },
      { type: 'workspace.updated', subject: 'workspaces/default' },
      { type: 'artifact.written', subject: 'models/fraud/versions/1/artifacts/x' },
    )
    const reader = (given: Partial<Caller>): Caller =>
      someone(1, { may: (permission) => permission === 'workspace.read', ...given })
    const only = (keys: number[]) => ({ kind: 'only' as const, keys })
    const rows: [Caller, number[]][] = [
      [alice, [7, 6, 5, 4, 3, 2, 1]],
      [reader({}), [6, 4, 3, 2, 1]],
      [reader({ readable: (kind) => (kind === 'model' ? only([4]) : only([7])) }), [6, 4, 1]],
      [
        reader({ readable: (kind) => ({ kind: 'all-except', keys: kind === 'model' ? [3] : [] }) }),
        [6, 4, 2, 1],
      ],
      [reader({ readable: () => only([]), may: () => false }), []],
      // Readers of the audit log too: what has no thing and what is for them alone, and of things what they may read.
      [someone(1, { readable: () => only([]), may: (permission) => permission === 'audit.read' }), [7, 5]],
      [
        someone(1, {
          readable: (kind) => ({ kind: 'all-except', keys: kind === 'model' ? [3] : [7] }),
        }),
        [7, 6, 5, 4, 2],
      ],
      [someone(1, { readable: () => ({ kind: 'all-except', keys: [] }) }), [7, 6, 5, 4, 3, 2, 1]],
    ]
    for (const [readableTo, expected] of rows) {
      assert.deepEqual(await positions(log, { readableTo }), expected)
      const ofRuns = expected.filter((position) => position <= 2)
      assert.deepEqual(await positions(log, { readableTo, subject: 'runs/' }), ofRuns)
      const heard = (await search(log)).events.filter(makeHearing(readableTo))
      assert.deepEqual(
        heard.map(({ position }) => position),
        expected,
        'as the stream does',
      )
    }
  })

  test('subjects of any length are told apart', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const long = `runs/a/artifacts/${'é'.repeat(600)}`
    const event = (subject: string): Event => ({ type: 'artifact.written', subject, on: 1 })
    await log.tell(alice, event(long), event(`${long}/x`), event(`${long}x`), event(`${'🙂'.repeat(249)}`))
    assert.deepEqual(await positions(log, { subject: long }), [1])
    assert.deepEqual(await positions(log, { subject: `${long}/` }), [2])
    assert.deepEqual(await positions(log, { subject: 'runs/a/' }), [3, 2, 1])
    assert.deepEqual(await positions(log, { subject: '🙂'.repeat(249) }), [4])
  })

  test('a question without an index of its own looks at 10,000 events a page, and goes on from there', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(bob, run('first'))
    for (let n = 0; n < 25; n++) {
      await db.inTx(async (tx) => {
        for (let i = 0; i < 1_000; i++) await log.emit(tx, alice, run('many'))
      })
    }
    await log.settle()
    const page = await search(log, { requestId: 'of-bob' })
    assert.equal(page.events.length, 0)
    assert.equal(page.next?.position, 15_002)
    const { found, pages } = await walk(log, { requestId: 'of-bob' })
    assert.deepEqual([found, pages], [[1], 3])
    assert.deepEqual((await walk(log, { actor: 'user:alice', requestId: 'of-bob' })).found, [])
    assert.deepEqual((await walk(log, { subject: 'runs/', actor: 'user:bob' })).found, [1])
  })

  if (engine === 'postgres') {
    const rows: [Asked, string][] = [
      [{}, 'event_log_by_time'],
      [{ since: 1_000 }, 'event_log_by_time'],
      [{ actor: 'user:5' }, 'event_log_by_actor'],
      [{ subject: 'runs/5' }, 'event_log_by_subject'],
      [{ types: ['run.deleted'] }, 'event_log_by_type'],
      [{ subject: 'runs/55/' }, 'event_log_by_subject'],
    ]
    test('each kind of question walks along its index', async () => {
      await using db = await open()
      await fill(db)
      for (const [asked, index] of rows) {
        const plan = (await db.scan((reads) => planOf(reads, asked))).join('\n')
        assert.match(plan, new RegExp(index), `${JSON.stringify(asked)}\n${plan}`)
        assert.doesNotMatch(plan, /Seq Scan/, plan)
      }
    })
  }

  if (engine === 'sqlite') {
    const rows: { asked: Asked; uses: RegExp; sorts?: boolean }[] = [
      { asked: {}, uses: /event_log_by_time \(workspace_key=\?\)/ },
      { asked: { since: 5 }, uses: /event_log_by_time \(workspace_key=\? AND at>\?\)/ },
      {
        asked: { before: { plan: 'time', at: 9, position: 9 } },
        uses: /event_log_by_time \(workspace_key=\? AND \(?at/,
      },
      { asked: { actor: 'user:a' }, uses: /event_log_by_actor \(workspace_key=\? AND actor=\? AND position/ },
      {
        asked: { actor: 'user:a', since: 5 },
        uses: /event_log_by_actor \(workspace_key=\? AND actor=\? AND position/,
      },
      {
        asked: { subject: 'runs/a' },
        uses: /event_log_by_subject \(workspace_key=\? AND <expr>=\? AND position/,
      },
      {
        asked: { types: ['run.created'] },
        uses: /event_log_by_type \(workspace_key=\? AND type=\? AND position/,
      },
      {
        asked: { subject: 'runs/' },
        uses: /event_log_by_subject \(workspace_key=\? AND <expr>>\? AND <expr><\?\)/,
        sorts: true,
      },
    ]
    for (const { asked, uses, sorts = false } of rows) {
      test(`${JSON.stringify(asked)} walks along its index`, async () => {
        await using db = await open()
        const plan = await db.scan((reads) => planOf(reads, asked))
        assert.ok(
          plan.some((line) => uses.test(line)),
          plan.join('\n'),
        )
        if (!sorts) assert.ok(!plan.some((line) => /TEMP B-TREE/.test(line)), plan.join('\n'))
        assert.ok(!plan.some((line) => /^SCAN event_log/.test(line)), plan.join('\n'))
      })
    }
  }
})

eachEngine('a page of the log', MODULES, (open, engine) => {
  test('is read as far as its rows need, where the index does not answer everything', async () => {
    await using db = await open()
    await fill(db)
    const plan = await db.scan(async (reads) => {
      const query = { workspaceKey: 1, durable: 100_000, limit: 10, subject: 'runs/', until: 15_000 }
      const planned = await planSearch(reads, query)
      assert.equal(planned.plan, 'time')
      const rows = rowsAlong(reads, query, planned.plan, planned.strands[0]!)
      const explained =
        engine === 'postgres'
          ? sql`explain analyze ${rows}`
          : sql`explain query plan select * from ${rows} as page`
      const told = (await explained.execute(reads.tables())) as { rows: Record<string, string>[] }
      return told.rows.map((row) => row.detail ?? row['QUERY PLAN'] ?? '')
    })
    const words = plan.join('\n')
    assert.doesNotMatch(words, /TEMP B-TREE|MATERIALIZE|Sort/, words)
    assert.match(words, /event_log_by_time/)
    // The first says that rows come one by one; of the 10,000 that it may look at, the other has looked at eleven.
    if (engine === 'sqlite') assert.match(words, /CO-ROUTINE/)
    else assert.match(words, /Index Scan.*event_log_by_time.*rows=11(\.00)? /)
  })
})

/** 20,000 events of 1,000 people about 2,000 runs, one of a thousand a deletion. */
async function fill(db: Database): Promise<void> {
  await db.inTx(async (tx) => {
    await sql`insert into event_log (position, number, event_id, workspace_key, type, subject, audience, actor,
        request_id, address, at, hash)
      with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 20000)
      select n, n, '', 1, case when n % 1000 = 0 then 'run.deleted' else 'run.created' end,
        'runs/' || (n % 2000) || case when n % 3 = 0 then '/artifacts' else '' end, 'experiment',
        'user:' || (n % 1000), '', '', n, '' from counted`.execute(tx.tables())
  })
  await db.inTx(async (tx) => {
    await sql`analyze event_log`.execute(tx.tables())
  })
}

async function planOf(reads: Reads, asked: Asked): Promise<string[]> {
  const isPostgres = reads.words.locksRows
  const query = { workspaceKey: 1, durable: 100_000, limit: 10, ...asked }
  const { plan, strands } = await planSearch(reads, query)
  const [{ along, besides, isUnordered }] = strands as [(typeof strands)[number]]
  const behind =
    plan === 'time'
      ? asked.before === undefined
        ? sql<SqlBool>`1 = 1`
        : sql<SqlBool>`(at, position) < (9, 9)`
      : isUnordered
        ? sql<SqlBool>`+position < 100000`
        : sql<SqlBool>`position < 100000`
  const order =
    plan === 'time' ? sql`at desc, position desc` : isUnordered ? sql`+position desc` : sql`position desc`
  const explain = sql.raw(isPostgres ? 'explain' : 'explain query plan')
  const { rows } = await sql<Record<string, string>>`${explain} select * from event_log
    where ${along} and ${behind} and ${sql.join(besides, sql` and `)} order by ${order} limit 11`.execute(
    reads.tables(),
  )
  return rows.map((row) => row.detail ?? row['QUERY PLAN'] ?? '')
}

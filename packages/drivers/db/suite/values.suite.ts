import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { sql } from 'kysely'
import type { Database, LikeMode } from '../database.ts'
import {
  addThing,
  allPoints,
  amongThings,
  findThing,
  pointInsert,
  resize,
  type ThingTables,
} from './tables.ts'

function isInvalid(error: unknown): boolean {
  return error instanceof Problem && error.code === 'INVALID_PARAMETER_VALUE'
}

export function valueSuite(open: () => Promise<Database>): void {
  test('a writing statement tells how many rows it changed', async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      for (const [i, name] of ['a', 'b', 'c'].entries()) await tx.first(addThing, { name, size: i })
      assert.equal(await tx.run(resize, { above: 0, size: 9 }), 2)
      assert.equal(await tx.run(resize, { above: 100, size: 9 }), 0)
    })
  })

  test('counts, sums and conditions are plain numbers', async () => {
    await using db = await open()
    await db.inTx((tx) =>
      tx.bulk(pointInsert('fail'), [
        [1, 1, 0.5, null],
        [1, 2, 1.5, null],
      ]),
    )
    const row = await db.read
      .tables<ThingTables>()
      .selectFrom('points')
      .select((eb) => [
        eb.fn.countAll<number>().as('count'),
        eb.fn.sum<number>('step').as('steps'),
        sql<number>`max(value) > 1`.as('is_large'),
      ])
      .executeTakeFirst()
    assert.deepEqual(row, { count: 2, steps: 3, is_large: 1 })
  })

  test('doubles come back bit for bit, infinities included', async () => {
    await using db = await open()
    const values = [0.1, -0.1, 5e-324, Number.MAX_VALUE, 1 / 3, 1e21, 123456789.12345679, Infinity, -Infinity]
    await db.inTx((tx) =>
      tx.bulk(
        pointInsert('fail'),
        values.map((value, step) => [1, step, value, null]),
      ),
    )
    assert.deepEqual(
      (await db.read.all(allPoints, {})).map(({ value }) => value),
      values,
    )
  })

  test('NaN is refused: it is a flag of its own wherever it may occur', async () => {
    await using db = await open()
    await assert.rejects(
      db.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, 1, Number.NaN, null]])),
      /NaN/,
    )
    await assert.rejects(
      db.inTx((tx) => tx.first(addThing, { name: 'a', size: Number.NaN })),
      /NaN/,
    )
  })

  test('integers are exact to 2^53 and refused beyond, never rounded', async () => {
    await using db = await open()
    const most = Number.MAX_SAFE_INTEGER
    await db.inTx((tx) => tx.bulk(pointInsert('fail'), [[most, -most, 1, null]]))
    const [row] = await db.read.all(allPoints, {})
    assert.deepEqual([row?.series, row?.step], [most, -most])
    for (const wrong of [2 ** 53, -(2 ** 60), 1.5]) {
      await assert.rejects(
        db.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, wrong, 1, null]])),
        isInvalid,
      )
    }
    await db.inTx((tx) =>
      tx.tables<ThingTables>().updateTable('points').set({ step: sql`9007199254740993` }).execute(),
    )
    await assert.rejects(async () => db.read.all(allPoints, {}))
  })

  test('text of any kind comes back as it was', async () => {
    await using db = await open()
    const texts = [
      '',
      ' ',
      '"',
      "'",
      '\\',
      '{a,b}',
      'NULL',
      'é',
      '你好',
      '🙂',
      '\u0001\n\t',
      'a'.repeat(100_000),
    ]
    await db.inTx((tx) =>
      tx.bulk(
        pointInsert('fail'),
        texts.map((text, step) => [1, step, 0, text]),
      ),
    )
    assert.deepEqual(
      (await db.read.all(allPoints, {})).map(({ note }) => note),
      texts,
    )
    await db.inTx(async (tx) => {
      for (const name of texts.slice(0, 10)) await tx.first(addThing, { name, size: 1 })
    })
    for (const name of texts.slice(0, 10)) assert.ok(await db.read.first(findThing, { name }))
  })

  test('NUL in text is the fault of the caller', async () => {
    await using db = await open()
    await assert.rejects(
      db.inTx((tx) => tx.first(addThing, { name: 'a\0b', size: 1 })),
      isInvalid,
    )
    await assert.rejects(
      db.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, 1, 1, 'a\0']])),
      isInvalid,
    )
    await assert.rejects(async () => db.read.first(findThing, { name: '\0' }), isInvalid)
    const built = () => db.read.tables<ThingTables>().selectFrom('things').where('name', '=', '\0').execute()
    await assert.rejects(built, isInvalid)
  })

  test('text is ordered byte by byte', async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      for (const name of ['é', 'b', 'B', 'a', 'Z']) await tx.first(addThing, { name, size: 1 })
    })
    const rows = await db.read
      .tables<ThingTables>()
      .selectFrom('things')
      .select('name')
      .orderBy('name')
      .execute()
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['B', 'Z', 'a', 'b', 'é'],
    )
  })

  test('among takes any number of values, none and odd ones included', async () => {
    await using db = await open()
    const odd = ['a"b', 'c,d', '{}', 'é']
    await db.inTx(async (tx) => {
      for (const name of odd) await tx.first(addThing, { name, size: 1 })
    })
    const rows = await db.read.all(amongThings, { names: [...odd, 'missing'] })
    assert.deepEqual(
      rows.map(({ name }) => name),
      [...odd].sort(),
    )
    assert.deepEqual(await db.read.all(amongThings, { names: [] }), [])
    const built = db.read.words.among(sql.ref('size'), [1, 2])
    const found = await db.read
      .tables<ThingTables>()
      .selectFrom('things')
      .select('name')
      .where(built)
      .execute()
    assert.equal(found.length, 4)
  })

  test('each answers many bindings of one statement in their order', async () => {
    await using db = await open()
    await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
    const ask = [{ name: 'b' }, { name: 'a' }, { name: 'a' }]
    for (const rows of [
      await db.read.each(findThing, ask),
      await db.scan((reads) => reads.each(findThing, ask)),
    ]) {
      assert.deepEqual(
        rows.map((row) => row?.size),
        [undefined, 1, 1],
      )
    }
  })

  likeTests(open)
}

const LIKES: { pattern: string; mode: LikeMode; finds: string[] }[] = [
  { pattern: 'Ab%', mode: 'case-sensitive', finds: ['Abc'] },
  { pattern: 'ab%', mode: 'ignoring-case', finds: ['Abc', 'abC', 'ab\\c'] },
  { pattern: 'a_C', mode: 'case-sensitive', finds: ['abC'] },
  { pattern: '_', mode: 'case-sensitive', finds: ['É', '🙂'] },
  { pattern: 'é', mode: 'ignoring-case', finds: [] },
  { pattern: 'a[b]%', mode: 'case-sensitive', finds: ['a[b]*'] },
  { pattern: 'ab\\_', mode: 'case-sensitive', finds: ['ab\\c'] },
  { pattern: '%*', mode: 'case-sensitive', finds: ['a[b]*'] },
  { pattern: 'Abc', mode: 'case-sensitive', finds: ['Abc'] },
  { pattern: '', mode: 'case-sensitive', finds: [] },
]

function likeTests(open: () => Promise<Database>): void {
  test('like knows % and _, no escape, and A-Z as a-z only when asked', async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      for (const name of ['Abc', 'abC', 'É', '🙂', 'a[b]*', 'ab\\c'])
        await tx.first(addThing, { name, size: 1 })
    })
    for (const { pattern, mode, finds } of LIKES) {
      const ask = (reads: Pick<Database['read'], 'tables' | 'like'>) =>
        reads
          .tables<ThingTables>()
          .selectFrom('things')
          .select('name')
          .where(reads.like('things.name', pattern, mode))
          .execute()
      for (const rows of [await ask(db.read), await db.scan(ask)]) {
        assert.deepEqual(rows.map(({ name }) => name).sort(), [...finds].sort(), `${mode} '${pattern}'`)
      }
    }
  })
}

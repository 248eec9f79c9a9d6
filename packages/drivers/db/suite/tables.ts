import type { Generated, Kysely } from 'kysely'
import { type BulkInsert, type MigrationModule, statement } from '../index.ts'

/** A little noun of every column type, for the suite. */
export interface ThingTables {
  things: { thing_key: Generated<number>; name: string; size: number | null }
  points: { series: number; step: number; value: number; note: string | null }
}

export const thingModule: MigrationModule = {
  module: 'things',
  migrations: [
    {
      number: 1,
      name: 'things and points',
      up: (t) => [
        `create table things (thing_key ${t.key}, name ${t.text} not null unique, size ${t.real}) ${t.plain}`,
        `create table points (
          series ${t.int} not null, step ${t.int} not null, value ${t.real} not null, note ${t.text},
          primary key (series, step)
        ) ${t.clustered}`,
        'create index points_by_value on points (value)',
      ],
    },
  ],
}

type K = Kysely<ThingTables>

export const addThing = statement('suite.add-thing', (k: K, p: { name: string; size: number | null }) =>
  k.insertInto('things').values({ name: p.name, size: p.size }).returning('thing_key'),
)
export const findThing = statement('suite.find-thing', (k: K, p: { name: string }) =>
  k.selectFrom('things').selectAll().where('name', '=', p.name),
)
export const allThings = statement('suite.all-things', (k: K, _: object) =>
  k.selectFrom('things').select(['name']).orderBy('thing_key'),
)
export const resize = statement('suite.resize', (k: K, p: { above: number; size: number }) =>
  k.updateTable('things').set({ size: p.size }).where('size', '>', p.above),
)
export const amongThings = statement('suite.among-things', (k: K, p: { names: readonly string[] }, words) =>
  k
    .selectFrom('things')
    .select('name')
    .where(words.among(k.dynamic.ref('name') as never, p.names))
    .orderBy('name'),
)
export const allPoints = statement('suite.all-points', (k: K, _: object) =>
  k.selectFrom('points').selectAll().orderBy('series').orderBy('step'),
)

/** @param onClash what the suite is about */
export function pointInsert(onClash: BulkInsert['onClash']): BulkInsert {
  return {
    table: 'points',
    columns: { series: 'int', step: 'int', value: 'real', note: 'text' },
    key: ['series', 'step'],
    onClash,
  }
}

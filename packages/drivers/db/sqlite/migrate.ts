import type { Clock } from '@orrery/base/kernel'
import { type Applied, planMigrations } from '../migrate.ts'
import type { ColumnTypes, MigrationModule } from '../migrations.ts'
import type { Connection } from './connection.ts'

const SQLITE_TYPES: ColumnTypes = {
  key: 'integer primary key autoincrement',
  queueKey: 'integer primary key',
  int: 'integer',
  real: 'real',
  text: 'text',
  clustered: 'strict, without rowid',
  plain: 'strict',
}

const LEDGER = `
  create table if not exists schema_migrations (
    module text not null,
    number integer not null,
    name text not null,
    applied_at integer not null,
    primary key (module, number)
  ) strict, without rowid`

/**
 * @param copyAside called before the first step of a database that holds something already; gives back what is to
 * be done after the last
 */
export async function migrateSqlite(
  { database }: Connection,
  modules: readonly MigrationModule[],
  clock: Clock,
  copyAside: () => Promise<() => void>,
): Promise<void> {
  database.exec(LEDGER)
  const applied = database
    .prepare('select module, number, name from schema_migrations')
    .all() as unknown as Applied[]
  const steps = planMigrations(applied, modules)
  const afterSuccess = steps.length > 0 && applied.length > 0 ? await copyAside() : undefined
  const enter = database.prepare('insert into schema_migrations values (?, ?, ?, ?)')
  for (const { module, migration } of steps) {
    database.exec('begin immediate')
    try {
      for (const sql of migration.up(SQLITE_TYPES)) database.exec(sql)
      enter.run(module, migration.number, migration.name, clock())
      database.exec('commit')
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      const { message } = error as Error
      throw new Error(
        `migration ${migration.number} ('${migration.name}') of '${module}' failed: ${message}`,
        {
          cause: error,
        },
      )
    }
  }
  // Migrations do not pass the write path: the checkpoint brings them to the platter.
  if (steps.length > 0) database.exec('pragma wal_checkpoint(truncate)')
  afterSuccess?.()
}

export function dumpSqlite({ database }: Connection): string {
  const rows = database
    .prepare(
      `select sql from sqlite_schema where sql is not null and name not like 'sqlite\\_%' escape '\\' order by type desc, name`,
    )
    .all() as { sql: string }[]
  return rows.map(({ sql }) => `${sql.trim()};\n`).join('\n')
}

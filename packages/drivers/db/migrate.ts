import type { Migration, MigrationModule } from './migrations.ts'

export interface Applied {
  readonly module: string
  readonly number: number
  readonly name: string
}

/** Stands in the ledger of a database into which `copyRows` is copying: no server opens a part. */
export const UNFINISHED_COPY: Applied = { module: 'copy', number: 1, name: 'unfinished' }

export interface Step {
  readonly module: string
  readonly migration: Migration
}

/**
 * What is still to be done, in the order of the modules.
 *
 * Throws one sentence when the database was written by a newer version, or by a version with another history.
 */
export function planMigrations(applied: readonly Applied[], modules: readonly MigrationModule[]): Step[] {
  for (const module of modules) refuseGaps(module)
  for (const row of applied) refuseUnknown(row, modules)
  const done = new Set(applied.map(({ module, number }) => `${module}/${number}`))
  return modules.flatMap(({ module, migrations }) =>
    migrations
      .filter(({ number }) => !done.has(`${module}/${number}`))
      .map((migration) => ({ module, migration })),
  )
}

function refuseGaps({ module, migrations }: MigrationModule): void {
  for (const [index, { number }] of migrations.entries()) {
    if (number !== index + 1) {
      throw new Error(`migration ${number} of module '${module}' stands where ${index + 1} should`)
    }
  }
}

function refuseUnknown({ module, number, name }: Applied, modules: readonly MigrationModule[]): void {
  if (module === UNFINISHED_COPY.module) {
    throw new Error(
      'The database holds a part of a backup: its restore was broken off, or is going on. If none is running, make the database anew and restore again.',
    )
  }
  const known = modules.find((candidate) => candidate.module === module)?.migrations ?? []
  const same = known.find((migration) => migration.number === number)
  if (same?.name === name) return
  if (same !== undefined) {
    throw new Error(
      `The database has another history than this version of Orrery: migration ${number} of '${module}' was '${name}' there and is '${same.name}' here.`,
    )
  }
  throw new Error(
    `The database was written by a newer version of Orrery: its schema of '${module}' is at ${number} ('${name}'), and this version knows it up to ${known.length}. Start the newer version, or restore a backup from before the upgrade.`,
  )
}

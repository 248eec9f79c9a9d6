import { describe } from 'node:test'
import type { Database } from '../database.ts'
import type { MigrationModule } from '../migrations.ts'
import { openTestPostgres, stopPostgresAfterTests } from './postgres.ts'
import { openTestSqlite } from './sqlite.ts'

export { freePort } from './free-port.ts'
export { makeTestSchema, stopPostgresAfterTests } from './postgres.ts'
export { startTestPostgres, type TestServer } from './postgres-server.ts'

/** A fresh, migrated, empty database. Closing it removes every trace of it. */
export type OpenTestDatabase = () => Promise<Database>

const ENGINES: Readonly<Record<string, (modules: readonly MigrationModule[]) => Promise<Database>>> = {
  sqlite: openTestSqlite,
  postgres: openTestPostgres,
}

/**
 * Runs the same tests on every engine of `ORRERY_TEST_ENGINES` (`sqlite`, `postgres`; both unless set).
 *
 * ```ts
 * eachEngine('runs', [eventsTables, trackingTables], (open) => {
 *   test('a new run is active', async () => {
 *     await using db = await open()
 *     …
 *   })
 * })
 * ```
 */
export function eachEngine(
  name: string,
  modules: readonly MigrationModule[],
  tests: (open: OpenTestDatabase, engine: string) => void,
): void {
  stopPostgresAfterTests()
  for (const engine of chosenEngines()) {
    const open = ENGINES[engine]!
    describe(`${name} on ${engine}`, () => tests(() => open(modules), engine))
  }
}

/** How each chosen engine is opened, for tests of two databases. */
export function openOn(modules: readonly MigrationModule[]): [engine: string, open: OpenTestDatabase][] {
  return chosenEngines().map((engine) => [engine, () => ENGINES[engine]!(modules)])
}

/** Those of `ORRERY_TEST_ENGINES`; all of them unless it is set. */
export function chosenEngines(): string[] {
  const known = Object.keys(ENGINES)
  const chosen = process.env.ORRERY_TEST_ENGINES?.split(',').map((word) => word.trim()) ?? known
  const unknown = chosen.find((engine) => !known.includes(engine))
  if (unknown !== undefined) {
    throw new Error(`ORRERY_TEST_ENGINES names '${unknown}'; known are ${known.join(' and ')}`)
  }
  return chosen
}

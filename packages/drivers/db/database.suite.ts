import type { Database } from './database.ts'
import { bulkSuite } from './suite/bulk.suite.ts'
import { migrationSuite } from './suite/migrations.suite.ts'
import { scanSuite } from './suite/scan.suite.ts'
import { signalSuite } from './suite/signals.suite.ts'
import { transactionSuite } from './suite/transactions.suite.ts'
import { valueSuite } from './suite/values.suite.ts'

/** The exam of an engine. @param open gives a fresh database with the tables of `suite/tables.ts` */
export function databaseSuite(open: () => Promise<Database>): void {
  transactionSuite(open)
  valueSuite(open)
  bulkSuite(open)
  scanSuite(open)
  migrationSuite(open)
  signalSuite(open)
}

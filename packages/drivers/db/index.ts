export type { BulkInsert, ColumnType, Rows, Value } from './bulk.ts'
export type { Capabilities, Database, Reads, ScanOptions, Tx } from './database.ts'
export type { ColumnTypes, Migration, MigrationModule } from './migrations.ts'
export { Param, placeholders, type Statement, statement } from './statement.ts'

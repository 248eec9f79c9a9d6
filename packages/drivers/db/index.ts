export type { BulkInsert, ColumnType, Rows, Value } from './bulk.ts'
export { copyRows } from './copy-rows.ts'
export type {
  Capabilities,
  Database,
  Gather,
  LikeMode,
  Reads,
  ScanOptions,
  Tx,
  TxOptions,
} from './database.ts'
export type { ColumnTypes, Migration, MigrationModule } from './migrations.ts'
export { pendingMigrations } from './pending-migrations.ts'
export type { TableShape } from './shapes.ts'
export type { Channel, Signals } from './signals.ts'
export { Param, placeholders, type Statement, statement } from './statement.ts'
export type { EngineWords } from './words.ts'

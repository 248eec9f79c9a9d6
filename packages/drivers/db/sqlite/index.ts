export { lockHome } from './home-lock.ts'
export { lookAtSqlite, type SqliteOnlooker } from './look.ts'
export { BEFORE_MIGRATION } from './migration-copy.ts'
export { DATABASE_FILE, openSqlite, type SqliteOptions } from './store.ts'

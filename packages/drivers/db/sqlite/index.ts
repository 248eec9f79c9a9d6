export { lockHome } from './home-lock.ts'
export { DATABASE_FILE, openSqlite, type SqliteOptions } from './store.ts'

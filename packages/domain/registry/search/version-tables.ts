import { sql } from 'kysely'
import type { Condition } from '../../tracking/index.ts'

// CROSS JOIN is how SQLite is told to begin with the table on the left.
export const VERSIONS = sql`model_versions as v`
export const BY_VERSION = sql`model_versions as v cross join registered_models as m`
export const BY_MODEL = sql`registered_models as m cross join model_versions as v`
export const OF_VERSION: Condition = sql`m.model_key = v.model_key`
export const OF_MODEL: Condition = sql`v.model_key = m.model_key`

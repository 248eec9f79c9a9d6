import { databaseSuite } from './database.suite.ts'
import { thingModule } from './suite/tables.ts'
import { eachEngine } from './testing/index.ts'

eachEngine('the database', [thingModule], databaseSuite)

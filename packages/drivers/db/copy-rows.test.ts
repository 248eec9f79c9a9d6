import { describe } from 'node:test'
import { copySuite } from './suite/copies.suite.ts'
import { thingModule } from './suite/tables.ts'
import { eachEngine, openOn } from './testing/index.ts'

eachEngine('copies', [thingModule], (open) => {
  for (const [engine, openOther] of openOn([thingModule])) {
    describe(`to ${engine}`, () => copySuite(open, openOther))
  }
})

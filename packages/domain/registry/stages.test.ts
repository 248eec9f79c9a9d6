import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { parseStage } from './stages.ts'

test('a stage is known in any case', () => {
  assert.equal(parseStage('pRODUCTION'), 'Production')
  assert.equal(parseStage('none'), 'None')
})

for (const given of ['', 'Live', 'Production ', 'Deleted_Internal', '__proto__']) {
  test(`refuses the stage ${JSON.stringify(given)} as MLflow does`, () => {
    assert.throws(
      () => parseStage(given),
      (e) =>
        e instanceof Problem &&
        e.code === 'INVALID_PARAMETER_VALUE' &&
        e.message ===
          `Invalid Model Version stage: ${given}. Value must be one of None, Staging, Production, Archived.`,
    )
  })
}

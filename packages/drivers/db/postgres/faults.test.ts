import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { isBroken, toProblem } from './faults.ts'

function coded(code: string): Error {
  return Object.assign(new Error('as given'), { code })
}

for (const code of ['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ERR_SSL_BAD_RECORD_TYPE', '08006', '57P01']) {
  test(`${code} is a broken connection`, () => {
    const error = coded(code)
    assert.equal(isBroken(error), true)
    const problem = toProblem(error)
    assert.ok(problem instanceof Problem && problem.code === 'TEMPORARILY_UNAVAILABLE')
  })
}

for (const code of ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE', 'ERR_ASSERTION', '42601']) {
  test(`${code} is a fault of ours, not of the connection`, () => {
    const error = coded(code)
    assert.equal(isBroken(error), false)
    assert.equal(toProblem(error), error, 'it stays a 500 with its stack in the log')
  })
}

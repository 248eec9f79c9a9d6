import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Attempt, retries } from './retry.ts'

const policy = retries(5, () => 1)
const failed = (attempt: Partial<Attempt>): Attempt => ({
  ...{ number: 1, status: 503, isRepeatable: false, retryAfterSeconds: undefined },
  ...attempt,
})

const rows: { name: string; attempt: Partial<Attempt>; pauseMs: number | undefined }[] = [
  { name: 'a refusal is repeated, whatever the call', attempt: { status: 503 }, pauseMs: 500 },
  { name: 'pauses double', attempt: { status: 429, number: 3 }, pauseMs: 2000 },
  {
    name: 'a broken connection is repeated if that does no harm',
    attempt: { status: 0, isRepeatable: true },
    pauseMs: 500,
  },
  { name: 'a broken connection may have done its work', attempt: { status: 0 }, pauseMs: undefined },
  { name: 'a gateway that gave up may have passed it on', attempt: { status: 504 }, pauseMs: undefined },
  {
    name: 'a gateway is asked again for what can be repeated',
    attempt: { status: 502, isRepeatable: true },
    pauseMs: 500,
  },
  {
    name: 'a fault of the server is not repeated',
    attempt: { status: 500, isRepeatable: true },
    pauseMs: undefined,
  },
  {
    name: 'what the caller did wrong is not repeated',
    attempt: { status: 400, isRepeatable: true },
    pauseMs: undefined,
  },
  { name: 'the server names the pause', attempt: { retryAfterSeconds: 7 }, pauseMs: 7000 },
  {
    name: 'a pause of hours is for the caller to decide',
    attempt: { retryAfterSeconds: 3600 },
    pauseMs: undefined,
  },
  { name: 'there is an end', attempt: { number: 5 }, pauseMs: undefined },
]
for (const { name, attempt, pauseMs } of rows) {
  test(name, () => assert.equal(policy(failed(attempt)), pauseMs))
}

test('pauses are no longer than 20 s, and spread over all of it', () => {
  assert.equal(retries(50, () => 1)(failed({ number: 20 })), 20_000)
  assert.equal(retries(50, () => 0.25)(failed({ number: 20 })), 5_000)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { makePublicAddress } from '../kit/index.ts'
import { makeAddresses } from './artifact-addresses.ts'

const callerIn = (name: string) => ({ workspace: { key: 1, name } }) as Caller
const grant = { grant: 'G' }
const signed = '/api/orrery/v1/signed-artifacts'
const rows = [
  {
    says: 'the scheme and host that the client used',
    basePath: '',
    workspace: 'default',
    url: `https://h:5000${signed}?grant=G`,
  },
  {
    says: 'the base path and the workspace, encoded',
    basePath: '/ml',
    workspace: 'team a',
    url: `https://h:5000/ml/workspaces/team%20a${signed}?grant=G`,
  },
]

for (const { says, basePath, workspace, url } of rows) {
  test(`a signed address has ${says}`, () => {
    const addressOf = makeAddresses(makePublicAddress(basePath))
    assert.equal(addressOf(callerIn(workspace), 'https://h:5000', grant).url, url)
  })
}

test('an address of the store itself is passed on as it is', () => {
  const access = { url: 'https://bucket.example.org/f?sig', headers: { 'x-a': 'b' } }
  assert.deepEqual(makeAddresses(makePublicAddress(''))(callerIn('default'), 'http://h', access), access)
})

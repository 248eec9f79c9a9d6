import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { makePublicAddress } from '../kit/index.ts'
import { makeAddresses } from './artifact-addresses.ts'

const callerIn = (name: string) => ({ workspace: { key: 1, name } }) as Caller
const grant = { grant: 'G' }
const signed = '/api/orrery/v1/signed-artifacts'
const forwarded = {
  host: 'inside:5000',
  'x-forwarded-proto': 'https, http',
  'x-forwarded-host': 'ml.example.org',
}

const rows = [
  {
    says: 'the host that the client used',
    settings: { basePath: '', trustsProxy: false },
    headers: { host: 'h:5000' },
    url: `http://h:5000${signed}?grant=G`,
  },
  {
    says: 'the base path and the workspace, encoded',
    settings: { basePath: '/ml', trustsProxy: false },
    headers: { host: 'h' },
    workspace: 'team a',
    url: `http://h/ml/workspaces/team%20a${signed}?grant=G`,
  },
  {
    says: 'what a trusted proxy forwards',
    settings: { basePath: '', trustsProxy: true },
    headers: forwarded,
    url: `https://ml.example.org${signed}?grant=G`,
  },
  {
    says: 'nothing of what somebody else claims to forward',
    settings: { basePath: '', trustsProxy: false },
    headers: forwarded,
    url: `http://inside:5000${signed}?grant=G`,
  },
]

for (const { says, settings, headers, workspace = 'default', url } of rows) {
  test(`a signed address has ${says}`, () => {
    assert.equal(makeAddresses(makePublicAddress(settings))(callerIn(workspace), headers, grant).url, url)
  })
}

test('an address of the store itself is passed on as it is', () => {
  const access = { url: 'https://bucket.example.org/f?sig', headers: { 'x-a': 'b' } }
  assert.deepEqual(
    makeAddresses(makePublicAddress({ basePath: '', trustsProxy: false }))(callerIn('default'), {}, access),
    access,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const MAPPINGS = '/api/orrery/v1/group-mappings'

eachEngine('the routes of group mappings', MIGRATIONS, (open) => {
  test('list, add and remove, for administrators', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await server.done('POST', '/api/orrery/v1/principals/group', { name: 'vision' })
    const mapping = { issuer: 'https://login.example.org', claim: 'cv', group: 'vision' }
    await server.done('POST', MAPPINGS, mapping)
    const { mappings } = await server.done('GET', MAPPINGS)
    const { id } = mappings[0]!
    assert.deepEqual(mappings, [{ id, ...mapping }])
    const wrong = await server.call('POST', MAPPINGS, basic('root'), { ...mapping, group: 'root' })
    assert.deepEqual([wrong.status, wrong.body.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])

    await server.makeUser('eve')
    await server.assign('default', 'owner', 'eve')
    for (const [method, path] of [
      ['GET', MAPPINGS],
      ['POST', MAPPINGS],
      ['DELETE', `${MAPPINGS}/${id}`],
    ] as const) {
      assert.equal((await server.call(method, path, basic('eve'), mapping)).status, 403, method)
      assert.equal((await server.call(method, path, {}, mapping)).status, 401, method)
    }
    await server.done('DELETE', `${MAPPINGS}/${id}`, {})
    assert.deepEqual((await server.done('GET', MAPPINGS)).mappings, [])
  })
})

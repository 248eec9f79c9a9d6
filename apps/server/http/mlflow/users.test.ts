import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const own = (path: string) => `/api/orrery/v1/${path}`

eachEngine('users in MLflow’s words', MIGRATIONS, (open) => {
  test('are listed with their roles, those of their groups too and each once', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { done } = server
    for (const name of ['ada', 'bob', 'eve']) await server.makeUser(name)
    for (const group of ['readers', 'operators']) {
      await done('POST', own('principals/group'), { name: group })
      for (const member of ['ada', 'bob']) await done('PUT', own(`groups/${group}/members/${member}`))
    }
    await server.assign('default', 'reader', 'readers')
    await server.assign('default', 'operator', 'operators')
    await server.assign('default', 'reader', 'ada')
    await server.assign('default', 'contributor', 'eve')
    const rolesIn = async (name: string) => {
      const { users } = await done('GET', 'users/list', undefined, basic(name))
      return Object.fromEntries(
        users.map(({ username, roles }: { username: string; roles: { name: string }[] }) => [
          username,
          roles.map((role) => role.name).sort(),
        ]),
      )
    }
    const all = {
      ada: ['operator', 'reader'],
      bob: ['operator', 'reader'],
      eve: ['contributor'],
      root: ['owner'],
    }
    assert.deepEqual(await rolesIn('root'), all)
    assert.deepEqual(await rolesIn('bob'), all)
    // MLflow's user has no roles; they are asked for by themselves.
    const { user } = await done('GET', 'users/get?username=bob')
    assert.deepEqual(Object.keys(user).sort(), ['id', 'is_admin', 'username'])
  })
})

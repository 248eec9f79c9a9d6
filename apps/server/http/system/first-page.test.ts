import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { serveAccounts } from '../testing/serve-accounts.ts'

eachEngine('the first page', MIGRATIONS, (open) => {
  test('leads whoever is not in the workspace to those that are theirs', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    for (const name of ['vision', 'speech', 'secret']) await server.makeWorkspace(name)
    for (const name of ['ada', 'nobody', 'bare']) await server.makeUser(name)
    await server.assign('vision', 'reader', 'ada')
    await server.assign('speech', 'owner', 'ada')
    await server.done('POST', '/api/orrery/v1/roles', { name: 'bare', permissions: [] })
    await server.assign('default', 'bare', 'bare')
    const show = async (name: string, path = '/') => {
      const { status, text } = await server.call('GET', path, await server.signedIn(name))
      return {
        status,
        text,
        links: [...text.matchAll(/href="(\/workspaces[^"]*)"/g)].map(([, href]) => href),
      }
    }
    const ada = await show('ada')
    assert.deepEqual([ada.status, ada.links], [200, ['/workspaces/speech/', '/workspaces/vision/']])
    assert.match(
      ada.text,
      /Signed in as <strong>ada<\/strong>[\s\S]*You are not in the workspace <strong>default<\/strong>/,
    )
    assert.doesNotMatch(ada.text, /secret/)
    assert.match((await show('ada', ada.links[1])).text, /Workspace <strong>vision<\/strong>/)
    const nobody = await show('nobody')
    assert.deepEqual([nobody.status, nobody.links], [200, []])
    assert.match(nobody.text, /Ask an owner of a workspace for a role in it\./)
    const bare = await show('bare')
    assert.match(bare.text, /Your role in the workspace <strong>default<\/strong> shows no runs\./)
    assert.match((await show('root')).text, /Workspace <strong>default<\/strong>/)
    // A workspace that was named is another matter: it does not exist.
    assert.equal((await show('ada', '/workspaces/secret/')).status, 404)
  })
})

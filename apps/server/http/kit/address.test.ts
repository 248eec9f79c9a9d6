import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locate } from './address.ts'

const OUTSIDE = '/-/outside'
const rows: { url: string; base?: string; gives: string; workspace?: string }[] = [
  { url: '/api/x?y=1', gives: '/api/x?y=1' },
  { url: '/workspaces/team-a/api/x?y=1', gives: '/api/x?y=1', workspace: 'team-a' },
  { url: '/workspaces/team-a', gives: '/', workspace: 'team-a' },
  { url: '/workspaces/team-a/', gives: '/', workspace: 'team-a' },
  { url: '/workspaces/team-a?x=1', gives: '/?x=1', workspace: 'team-a' },
  { url: '/workspaces/%C3%A9/api', gives: '/api', workspace: 'é' },
  { url: '/workspaces/%zz/api', gives: OUTSIDE },
  { url: '/workspaces/a/workspaces/b/api', gives: '/workspaces/b/api', workspace: 'a' },
  { url: '/workspaces/', gives: '/workspaces/' },
  { url: '/x/api', base: '/x', gives: '/api' },
  { url: '/x', base: '/x', gives: '/' },
  { url: '/x?y=1', base: '/x', gives: '/?y=1' },
  { url: '/xy/api', base: '/x', gives: OUTSIDE },
  { url: '/api', base: '/x', gives: OUTSIDE },
  { url: '/x/workspaces/a/api', base: '/x', gives: '/api', workspace: 'a' },
  { url: 'http://host:1/api?x', gives: '/api?x' },
  { url: 'http://host', gives: '/' },
  { url: '*', gives: OUTSIDE },
]
for (const { url, base = '', gives, workspace } of rows) {
  test(`${url}${base === '' ? '' : ` below ${base}`} is ${gives}${workspace === undefined ? '' : ` of ${workspace}`}`, () => {
    assert.deepEqual(locate(url, base), { url: gives, workspace })
  })
}

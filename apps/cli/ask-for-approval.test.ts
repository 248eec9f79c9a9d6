import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askForApproval } from './ask-for-approval.ts'

const told = (asked: object) =>
  `It needs the approval of another person. Ask for it: POST /api/orrery/v1/approvals with ${JSON.stringify(asked)} and a reason.`

test('what must be approved is told as the command that asks for it, in words of a shell', () => {
  const cases: [object, string][] = [
    [{ kind: 'alias', name: 'fraud', version: '3', value: 'champion' }, 'fraud/3 champion --kind alias'],
    [
      { kind: 'stage', name: 'a b', version: '1', value: 'Production', archive_existing: true },
      "'a b/1' Production --kind stage --archive-existing",
    ],
    [{ kind: 'delete-alias', name: "o'neil", value: 'old' }, "'o'\\''neil' old --kind delete-alias"],
  ]
  for (const [asked, line] of cases) {
    assert.equal(askForApproval(told(asked)), `Or: orrery approval request ${line} --reason "…"`)
  }
  assert.equal(askForApproval('You may not.'), undefined)
  assert.equal(askForApproval('POST /api/orrery/v1/approvals with {broken} and a reason.'), undefined)
})

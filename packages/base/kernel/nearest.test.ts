import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

test('a typo finds the word it was meant to be, and a stranger finds none', () => {
  const known = ['--port', '--home', '--host', '--artifacts']
  for (const [typo, meant] of [
    ['--prot', '--port'],
    ['--hom', '--home'],
    ['--artefacts', '--artifacts'],
    ['--colour', undefined],
    ['--port', undefined],
  ] as const) {
    assert.equal(nearest(typo, known), meant, typo)
  }
})

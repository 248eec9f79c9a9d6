import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greeting } from './greeting.ts'
import { readSettings } from './settings.ts'

const shown = (argv: string[], accounts: { asked: boolean; exist: boolean }) =>
  greeting('http://127.0.0.1:5000', readSettings(argv, {}), accounts)

test('a server that asks nobody says so', () => {
  const text = shown([], { asked: false, exist: false })
  assert.match(text, /ready at http:\/\/127\.0\.0\.1:5000\n/)
  assert.match(text, /Nobody is asked who they are; --auth asks\./)
  assert.doesNotMatch(text, /account|WARNING|TOKEN/i)
})

test('one that asks says how clients sign in', () => {
  const text = shown(['--auth'], { asked: true, exist: true })
  assert.match(text, /MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN/)
  assert.match(text, /Stop with Ctrl\+C\.\n$/)
  assert.doesNotMatch(text, /WARNING/)
})

test('accounts that nobody is asked for are told of', () => {
  const text = shown([], { asked: false, exist: true })
  assert.match(text, /^\n {2}WARNING: there are accounts here, and nobody is asked for one/)
  assert.match(text, /Start it with --auth/)
})

test('an open door is told of, and no password of a database', () => {
  const argv = ['--host', '0.0.0.0', '--insecure-no-auth', '--database-url', 'postgresql://u:hunter2@db/x']
  const text = shown(argv, { asked: false, exist: false })
  assert.match(text, /NO ACCOUNTS AND NO PASSWORDS/)
  assert.doesNotMatch(text, /hunter2/)
})

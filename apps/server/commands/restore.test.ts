import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../settings.ts'
import { startLine } from './restore.ts'

const lineFor = (...argv: string[]) => startLine(readSettings(['--home', '/srv/o', ...argv], {}))

test('the line that starts a restored home names what the server needs to find its data', () => {
  assert.equal(lineFor(), './orrery server --home /srv/o')
  assert.equal(lineFor('--artifacts', '/big'), './orrery server --home /srv/o --artifacts /big')
})

test('a path that a shell would take apart is quoted', () => {
  assert.equal(
    startLine(readSettings(['--home', "/srv/Ada's home", '--artifacts', '/a#b'], {})),
    `./orrery server --home '/srv/Ada'\\''s home' --artifacts '/a#b'`,
  )
})

test('the line for a home on PostgreSQL names the database and not the password', () => {
  assert.equal(
    lineFor('--database-url', 'postgresql://orrery:secret@db:5432/lab'),
    "./orrery server --home /srv/o --database-url 'postgresql://orrery:***@db:5432/lab'",
  )
})

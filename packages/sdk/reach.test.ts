import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../apps/server/http/testing/serve-accounts.ts'
import { OrreryError, type RawAnswer } from './index.ts'
import { rowsByGroup } from './rows.ts'
import { openServer } from './testing/open-server.ts'

/* Every row, called by the client with all of its fields, reaches its route and is read there. */

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Something of the right type; whether it makes sense is the verb's business. */
function sample(schema: Schema, name: string): unknown {
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.items !== undefined) return [sample(schema.items, name)]
  if (schema.properties !== undefined) return fieldsOf(schema)
  const [type] = [schema.type].flat()
  if (type === 'integer' || type === 'number') return 1
  return type === 'boolean' ? false : name
}

function fieldsOf(schema: unknown): Record<string, unknown> {
  const fields = Object.entries((schema as Schema | undefined)?.properties ?? {})
  return Object.fromEntries(fields.map(([name, field]) => [name, sample(field, name)]))
}

/** They end what the others need: sessions with their tokens, accounts, workspaces. */
const LAST = ['users.updatePassword', 'users.delete', 'sessions.endAll']

/** Pages that say they are not there while they are not needed. */
const HIDDEN = ['signIn.setupPage', 'signIn.resetPage', 'signIn.beginSignOn', 'signIn.finishSignOn']

/** UNAUTHENTICATED: a call has ended the token, and those behind it prove nothing. */
const LOST = [
  'VERSION_MISMATCH',
  'NOT_ORRERY',
  'UNREACHABLE',
  'TIMED_OUT',
  'INTERNAL_ERROR',
  'UNAUTHENTICATED',
]

/** What the codec says of a message that was not put together as the route reads it. */
const MISREAD =
  /^(Unknown field|The field '[^']*' (is given|must be (a list|an object|text|true or false|a whole number)))/

type Call = (input: object, options: object) => Promise<unknown>

eachEngine('every row', MIGRATIONS, (open) => {
  test('reaches its route, with what its route reads', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const rows = [...rowsByGroup()].flatMap(([group, verbs]) =>
      [...verbs].map(([verb, row]) => ({ name: `${group}.${verb}`, group, verb, row })),
    )
    const inOrder = rows.toSorted((a, b) => LAST.indexOf(a.row.name) - LAST.indexOf(b.row.name))
    const lost: string[] = []
    for (const { name, group, verb, row } of inOrder) {
      const call = (server.root as unknown as Record<string, Record<string, Call>>)[group]![verb]!
      const input = { ...fieldsOf(row.takes), ...fieldsOf(row.body) }
      const stop = new AbortController()
      try {
        const answer = await call(input, { signal: stop.signal, timeoutMs: 120_000 })
        if (answer instanceof Object && 'bytes' in answer) await (answer as RawAnswer).body?.cancel()
      } catch (error) {
        if (!(error instanceof OrreryError)) throw error
        const isLost = LOST.includes(error.code) && !HIDDEN.includes(name)
        if (isLost || MISREAD.test(error.message)) lost.push(`${name}: ${error.code} ${error.message}`)
      }
      stop.abort()
    }
    assert.deepEqual(lost, [])
    assert.ok(rows.length > 150, `only ${rows.length} rows seen`)
  })
})

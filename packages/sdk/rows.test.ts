import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as contract from '@orrery/base/contract'
import { connect } from './index.ts'
import { OWN_WORDS } from './orrery.ts'
import { rowsByGroup } from './rows.ts'

const tables = Object.entries(contract).filter(([key]) => key.endsWith('Routes') && key !== 'notYetRoutes')
const rows = tables.flatMap(([, table]) =>
  Object.values(table as unknown as Record<string, contract.AnyDeclaration>),
)
const camel = (verb: string) => verb.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

test('every row of the contract is a function at group.verb', () => {
  assert.ok(rows.length > 120, `only ${rows.length} rows seen`)
  const orrery = connect({ url: 'http://server.test' }) as unknown as Record<string, Record<string, unknown>>
  const absent = rows
    .map(({ name }) => name)
    .filter((name) => {
      const [group, verb] = name.split('.') as [string, string]
      return typeof orrery[group]?.[camel(verb)] !== 'function'
    })
  assert.deepEqual(absent, [])
})

test('no two rows are the same call', () => {
  const calls = [...rowsByGroup()].flatMap(([group, verbs]) =>
    [...verbs.keys()].map((verb) => `${group}.${verb}`),
  )
  assert.equal(calls.length, rows.length)
})

test('names are a group and a verb that can be written after a dot', () => {
  for (const { name } of rows) assert.match(name, /^[a-z]\w*\.[a-z][\w-]*$/)
})

test('no group takes a word of the client itself', () => {
  for (const word of OWN_WORDS) assert.ok(!rowsByGroup().has(word), word)
})

test('the client is no promise, so it can be returned from an async function', async () => {
  const orrery = connect({ url: 'http://server.test' })
  assert.equal(await (async () => orrery)(), orrery)
})

test('the parameters of every path are fields of what the row takes', () => {
  const unknown = rows.filter(({ path, takes }) =>
    [...path.matchAll(/\{(\w+)\*?\}/g)].some(([, name]) => !Object.hasOwn(takes.properties, name!)),
  )
  assert.deepEqual(
    unknown.map(({ name }) => name),
    [],
  )
})

import fc from 'fast-check'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import type { Call } from './plain-registry.ts'

// Few of each, so that calls meet.
export const NAMES = ['a', 'A', "it's 100% 😀"]
const name = fc.constantFrom('a', 'a', ...NAMES)
const alias = fc.constantFrom('best', 'Best', 'Production', 'v', 'latest', 'v1', 'not one')
const version = fc.constantFrom('1', '1', '2', '2', '3', '4', '0', 'one')
const key = fc.constantFrom('k', 'l', IS_PROMPT_TAG, '')
const value = fc.constantFrom('true', 'false', '')
const description = fc.option(fc.constantFrom('', 'one', 'two'), { nil: undefined })
const stage = fc.constantFrom('none', 'Staging', 'Staging', 'production', 'Production', 'Archived', 'Prod')
const isPrompt = fc.option(value, { nil: undefined })

/** How often each call comes, and with what. */
const CALLS: Readonly<
  Record<Call['verb'], readonly [weight: number, fields: Record<string, fc.Arbitrary<unknown>>]>
> = {
  create: [4, { name, description, isPrompt }],
  addVersion: [6, { name }],
  get: [1, { name }],
  update: [1, { name, description }],
  rename: [2, { name, newName: name }],
  delete: [1, { name }],
  setTag: [2, { name, key, value }],
  deleteTag: [1, { name, key }],
  setAlias: [4, { name, alias, version }],
  deleteAlias: [1, { name, alias }],
  getByAlias: [2, { name, alias }],
  getVersion: [1, { name, version }],
  updateVersion: [1, { name, version, description }],
  transition: [4, { name, version, stage, archive: fc.boolean() }],
  deleteVersion: [2, { name, version }],
  setVersionTag: [2, { name, version, key, value }],
  deleteVersionTag: [1, { name, version, key }],
}
export const VERBS = Object.keys(CALLS) as Call['verb'][]

/** Any call; about half of them succeed where there are models. */
export const call = fc.oneof(
  ...VERBS.map((verb) => ({
    weight: CALLS[verb][0],
    arbitrary: fc.record({ verb: fc.constant(verb), ...CALLS[verb][1] }) as unknown as fc.Arbitrary<Call>,
  })),
)

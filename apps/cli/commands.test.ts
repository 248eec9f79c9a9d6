import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_TYPES } from '@orrery/base/contract'
import { type AnyCommand, type Argument, isVerbItself, type Option } from './command.ts'
import { GROUPS } from './groups.ts'
import { applyQuery } from './output/query.ts'
import { parse } from './parse.ts'
import { shellWords } from './testing/shell-words.ts'
import { typist } from './testing/type.ts'

const groups = await Promise.all(GROUPS.map(async ({ load }) => load()))
const verbs = groups.flatMap((group) =>
  group.commands.map((command) => ({
    words: isVerbItself(group) ? [group.name] : [group.name, command.name],
    command: command as AnyCommand,
  })),
)

for (const { words, command } of verbs) {
  const line = words.join(' ')
  const args = Object.entries((command.args ?? {}) as Readonly<Record<string, Argument>>)
  const options = Object.entries((command.options ?? {}) as Readonly<Record<string, Option>>)

  test(`${line}: is told in sentences, with examples of itself`, () => {
    for (const says of [
      command.summary,
      ...args.map(([, { says }]) => says),
      ...options.map(([, { says }]) => says),
    ]) {
      assert.match(says, /^[^a-z].*[.”]$|^[a-z`][\s\S]*\.$/, says)
    }
    assert.ok(command.examples.length > 0)
    const own = command.examples.filter(
      (example) => example.line === line || example.line.startsWith(`${line} `),
    )
    assert.ok(own.length > 0, 'an example of the verb itself')
  })

  test(`${line}: its examples can be typed, and name events that there are`, async () => {
    for (const example of command.examples) {
      assert.doesNotMatch(example.line.replace(/'[^']*'/g, ''), /[`$]/, 'a shell would run or replace this')
      const [name, ...argv] = shellWords(example.line)
      const group = groups.find((one) => one.name === name)!
      let complaint = ''
      const parsed = await parse(group, '', argv, {
        out: () => {},
        err: (text) => {
          complaint += text
        },
        width: undefined,
      }).catch(() => undefined)
      assert.ok(parsed !== undefined, `${example.line}: ${complaint}`)
      const { query } = parsed.common
      if (query !== undefined) await applyQuery([], query)
      if (['event', 'audit', 'subscription'].includes(name!)) {
        for (const type of (parsed.given.type as readonly string[] | undefined) ?? []) {
          const isKnown = EVENT_TYPES.some((known) => known === type || type === `${known.split('.')[0]}.*`)
          assert.ok(isKnown, type)
        }
      }
    }
  })

  test(`${line}: no option is negated by its name, and none is one of every command`, () => {
    const common = ['output', 'query', 'workspace', 'url', 'profile', 'yes', 'wait', 'file', 'set', 'help']
    for (const [name, { short }] of options) {
      assert.doesNotMatch(name, /^no-/)
      assert.ok(!common.includes(name) && !['o', 'w', 'f', 'y', 'h'].includes(short ?? ''), name)
    }
  })

  if (command.destroys === true) {
    test(`${line}: asks before it sends anything`, async () => {
      let sent = 0
      const fetch = (async () => {
        sent++
        throw new Error('nothing may be sent')
      }) as typeof globalThis.fetch
      const { type } = typist({ fetch, env: { ORRERY_URL: 'http://server.test' } })
      const given = args.filter(([, { optional }]) => optional !== true).map(() => '7')
      const required = options.flatMap(([name, { required }]) =>
        required === true ? [`--${name}`, '7'] : [],
      )
      const { code, err } = await type(...words, ...given, ...required)
      assert.deepEqual([code, sent], [9, 0], err)
      assert.match(err, /Pass --yes/)
    })
  }
}

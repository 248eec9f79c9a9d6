import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { someFolder } from '../testing/type.ts'
import { type FileOptions, readMessage } from './read-message.ts'

type Row = Parameters<typeof readMessage>[0]

async function read(row: Row, { text, set, stdin }: { text?: string; set?: string[]; stdin?: string }) {
  const folder = someFolder()
  if (text !== undefined) writeFileSync(join(folder, 'it.yml'), text)
  const file: FileOptions = {
    ...(text === undefined ? {} : { file: 'it.yml' }),
    ...(stdin === undefined ? {} : { file: '-' }),
    ...(set === undefined ? {} : { set }),
  }
  return readMessage(row, file, { folder, stdin: Readable.from([stdin ?? '']) })
}

test('YAML, JSON and stdin are read, and --set comes after them', async () => {
  const expected = { name: 'vision', tags: [{ key: 'a', value: '1' }] }
  assert.deepEqual(
    await read('workspaces.create', { text: 'name: vision\ntags:\n  - {key: a, value: "1"}\n' }),
    expected,
  )
  assert.deepEqual(await read('workspaces.create', { text: JSON.stringify(expected) }), expected)
  assert.deepEqual(await read('workspaces.create', { stdin: 'name: other\n', set: ['name=vision'] }), {
    name: 'vision',
  })
  assert.deepEqual(await read('workspaces.create', {}), {})
})

for (const [name, text] of Object.entries({
  'an empty file': '',
  'a file of comments': '# nothing\n\n',
  null: 'null',
})) {
  test(`${name} is refused with the fields that there are, also with --set`, async () => {
    const says = {
      exit: 'USAGE',
      message: /^it\.yml is empty; it must have fields: there are name, friendly_name, .*description/,
      hint: 'Write them, or leave -f out.',
    }
    await assert.rejects(read('workspaces.create', { text }), says)
    await assert.rejects(read('workspaces.create', { text, set: ['name=vision'] }), says)
  })
}

test('an empty stdin is refused as well; an object without fields says that it has none', async () => {
  await assert.rejects(read('workspaces.create', { stdin: '' }), { message: /^stdin is empty/ })
  assert.deepEqual(await read('workspaces.create', { text: '{}' }), {})
})

test('a number or flag where a text is wanted is the text that was written', async () => {
  const text = 'name: 1.10\ndescription: true\nlocation: 00012\n'
  assert.deepEqual(await read('workspaces.create', { text }), {
    name: '1.10',
    description: 'true',
    location: '00012',
  })
})

test('--set makes objects and lists on its way and takes YAML scalars', async () => {
  const set = [
    'filter.types[0]=run.completed',
    'filter.types[1]=run.failed',
    'max_attempts=3',
    'name=3',
    'description="4"',
    'url=http://a: b',
  ]
  assert.deepEqual(await read('subscriptions.create' as Row, { set }), {
    filter: { types: ['run.completed', 'run.failed'] },
    max_attempts: 3,
    name: '3',
    description: '4',
    url: 'http://a: b',
  })
})

const refused: { name: string; row?: Row; text?: string; set?: string[]; says: RegExp; hint?: RegExp }[] = [
  {
    name: 'an unknown field',
    text: 'name: a\ndescripton: b\n',
    says: /^it\.yml:2:1: there is no field 'descripton'; there are name, /,
    hint: /'description'/,
  },
  {
    name: 'an unknown field further in',
    text: 'tags:\n  - key: a\n    valeu: b\n',
    says: /^it\.yml:3:5: .*'tags\[0\]\.valeu'; there are key, value\./,
  },
  {
    name: 'a value of the wrong kind',
    text: 'name: [3]\n',
    says: /^it\.yml:1:7: 'name' is \[3\]; it must be text/,
  },
  {
    name: 'a text for a number',
    text: 'max_token_life_ms: soon\n',
    says: /^it\.yml:1:20: .* 'soon'; it must be a whole number/,
  },
  { name: 'a list that is none', text: 'tags: a\n', says: /^it\.yml:1:7: 'tags' must be a list/ },
  { name: 'an object that is none', text: 'tags: [a]\n', says: /'tags\[0\]' must have fields: key, value/ },
  {
    name: 'a word that is not allowed',
    row: 'quotas.set',
    text: '{"what": "rnus"}',
    says: /^it\.yml:1:10: 'what' is 'rnus'; it can be runs, /,
    hint: /'runs'/,
  },
  { name: 'YAML that is none', text: 'name: [a\n', says: /^it\.yml:\d+:\d+: / },
  { name: 'a key that is there twice', text: 'name: a\nname: b\n', says: /^it\.yml:2:1: .*unique/i },
  {
    name: 'a second document',
    text: 'name: a\n---\nname: b\n',
    says: /^it\.yml:2:1: a second document begins here; a file has one\.$/,
  },
  { name: 'a list instead of fields', text: '- a\n', says: /the file must have fields/ },
  {
    name: 'a bomb of aliases',
    text: `a: &a [x,x]\n${[...'bcdefgh'].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`).join('\n')}\n`,
    says: /^it\.yml:1:1: .*alias/i,
  },
  { name: 'more than a mebibyte', text: `# ${'x'.repeat(1024 * 1024)}`, says: /larger than 1 MiB/ },
  {
    name: '--set of an unknown field',
    set: ['nmae=a'],
    says: /^--set nmae=a: there is no field 'nmae'/,
    hint: /'name'/,
  },
  { name: '--set without =', set: ['name'], says: /must look like field=value/ },
  { name: '--set of the prototype', set: ['__proto__.x=1'], says: /no field is called '__proto__'/ },
  { name: '--set with a hole in a list', set: ['tags[2].key=a'], says: /the list has 0 items/ },
  { name: '--set into a text', set: ['name=a', 'name.b=c'], says: /'name' is a list or a single value/ },
]
for (const { name, row = 'workspaces.create' as Row, text, set, says, hint = /^/ } of refused) {
  test(`${name} is refused with its place`, async () => {
    await assert.rejects(
      read(row, { ...(text === undefined ? {} : { text }), ...(set === undefined ? {} : { set }) }),
      (error: { exit: string; message: string; hint?: string }) => {
        assert.equal(error.exit, 'USAGE')
        assert.match(error.message, says)
        assert.match(error.hint ?? '', hint)
        return true
      },
    )
  })
}

test('a file that is not there is named', async () => {
  const asked = readMessage(
    'workspaces.create' as Row,
    { file: 'no.yml' },
    { folder: '/tmp', stdin: Readable.from([]) },
  )
  await assert.rejects(asked, { message: '/tmp/no.yml cannot be read: there is no such file.' })
})

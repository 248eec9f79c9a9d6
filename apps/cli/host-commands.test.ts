import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GROUPS, HOST_COMMANDS } from './groups.ts'

const ROOT = join(import.meta.dirname, '../..')
const known = Object.keys(HOST_COMMANDS).sort()
const script = readFileSync(join(ROOT, 'orrery'), 'utf8')

test('./orrery starts the program of the server for its commands', () => {
  const lines = Array.from(script.matchAll(/^ {2}(\S.*)\) program=server/gm), ([, patterns]) => patterns!)
  const both = lines.flatMap((patterns) =>
    patterns.split(' | ').map((one) => one.replace(/\\ \*$/, '').replace('\\ ', ' ')),
  )
  assert.deepEqual(both.sort(), known)
})

test('the program of the server has them', () => {
  const main = join(ROOT, 'apps/server/main.ts')
  const help = execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' })
  const listed = Array.from(help.matchAll(/^ {2}orrery ([\w-]+)/gm), ([, name]) => name!)
  for (const name of known) assert.ok(listed.includes(name.split(' ')[0]!), name)
})

test('help of a command of either program is asked for before it or behind it', () => {
  const helpOf = (...argv: string[]) => execFileSync(join(ROOT, 'orrery'), argv, { encoding: 'utf8' })
  for (const command of ['server', 'run']) {
    const behind = helpOf(command, '--help')
    assert.ok(behind.includes(`orrery ${command}`))
    for (const word of ['-h', '--help', 'help'])
      assert.equal(helpOf(word, command), behind, `${word} ${command}`)
  }
})

test('both programs tell the same version', () => {
  const versionOf = (program: string) =>
    execFileSync(process.execPath, [join(ROOT, `apps/${program}/main.ts`), '--version'], { encoding: 'utf8' })
  assert.equal(versionOf('cli'), versionOf('server'))
})

test('no verb is called as one of them, and every group and verb is called once', async () => {
  const names = GROUPS.map(({ name }) => name)
  assert.deepEqual(
    names.filter((name) => known.includes(name)),
    [],
  )
  assert.equal(new Set(names).size, names.length)
  for (const { name, load } of GROUPS) {
    const group = await load()
    assert.equal(group.name, name)
    const verbs = group.commands.map((command) => command.name)
    assert.equal(new Set(verbs).size, verbs.length, name)
    for (const verb of verbs) assert.ok(!known.includes(`${name} ${verb}`), verb)
  }
})

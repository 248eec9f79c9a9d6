import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GROUPS } from '../groups.ts'
import { someFolder, typist } from '../testing/type.ts'

const { type } = typist()
const isThere = (shell: string) => spawnSync(shell, ['--version']).status === 0

async function scriptFor(shell: string): Promise<string> {
  const { code, out, err } = await type('completion', shell)
  assert.deepEqual([code, err], [0, ''])
  const file = join(someFolder(), `orrery.${shell}`)
  writeFileSync(file, out)
  return file
}

/** What bash offers where the last of the words is being typed. */
function complete(script: string, ...words: string[]): string[] {
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _orrery; printf '%s\\n' "\${COMPREPLY[@]}"`
  const args = ['--norc', '-euc', program, 'bash', script, 'orrery', ...words]
  return execFileSync('bash', args, { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '')
}

test('bash completes groups, verbs, options and words', { skip: !isThere('bash') }, async () => {
  const script = await scriptFor('bash')
  const all = complete(script, '')
  for (const { name } of GROUPS) assert.ok(all.includes(name), name)
  assert.ok(all.includes('server'))
  assert.deepEqual(complete(script, 'wor'), ['workspace'])
  assert.deepEqual(complete(script, 'workspace', 'get'), ['get-keys'])
  assert.deepEqual(complete(script, 'run', 'list', '--max'), ['--max-results'])
  assert.ok(complete(script, 'run', 'delete', '--').includes('--yes'))
  assert.ok(!complete(script, 'run', 'list', '--').includes('--yes'))
  assert.deepEqual(complete(script, 'run', 'list', '-o', 't'), ['table', 'tsv'])
  assert.deepEqual(complete(script, 'user', 'list', '--kind', 's'), ['service'])
  assert.deepEqual(complete(script, '-o', 'json', 'run', 'mo'), ['move'])
  assert.deepEqual(complete(script, 'login', '--to'), ['--token-stdin'])
  assert.deepEqual(complete(script, 'artifact', 'upload', ''), [], 'files are for bash itself')
})

for (const shell of ['zsh', 'fish']) {
  test(`${shell} reads its script`, { skip: !isThere(shell) && `${shell} is not installed` }, async () => {
    execFileSync(shell, ['-n', await scriptFor(shell)])
  })
}

test('fish offers the verbs of a group', { skip: !isThere('fish') && 'fish is not installed' }, async () => {
  const script = await scriptFor('fish')
  const program = `source ${script}; complete -C 'orrery workspace get'`
  assert.match(execFileSync('fish', ['-N', '-c', program], { encoding: 'utf8' }), /^get-keys\t/m)
})

test('every shell is told of every group, and quotes in sentences end nothing', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out } = await type('completion', shell)
    for (const { name } of GROUPS) assert.match(out, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`)
  }
})

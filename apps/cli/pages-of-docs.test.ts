import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GROUPS, HOST_COMMANDS } from './groups.ts'
import { liftOptions } from './lift-options.ts'
import { parse } from './parse.ts'
import { shellWords } from './testing/shell-words.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = [
  'README.md',
  'docs/cli.md',
  'docs/cli-in-ci.md',
  'docs/cli-reference.md',
  'python/orrery/README.md',
]
const HOST = [...new Set(Object.keys(HOST_COMMANDS).map((name) => name.split(' ')[0]!))]

/** Lines of shell blocks that begin with `orrery`, without their comments. */
function linesOf(text: string): string[] {
  const blocks = Array.from(text.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) => block!)
  const lines = blocks
    .join('\n')
    .split('\n')
    .map((line) => line.replace(/^\.\//, '').replace(/ +# .*$/, ''))
  return lines.filter((line) => line.startsWith('orrery '))
}

for (const page of PAGES) {
  test(`${page}: every command on it can be typed`, async () => {
    const lines = linesOf(readFileSync(join(ROOT, page), 'utf8'))
    assert.ok(lines.length > 1, 'no lines were found')
    for (const line of lines) {
      const [name, ...argv] = liftOptions(shellWords(line.slice('orrery '.length))).rest
      if (HOST.includes(name!) && (name !== 'audit' || `${name} ${argv[0]}` in HOST_COMMANDS)) continue
      const row = GROUPS.find((group) => group.name === name)
      assert.ok(row !== undefined, line)
      let complaint = ''
      const out = {
        out: () => {},
        err: (text: string) => {
          complaint += text
        },
        width: undefined,
      }
      const parsed = await parse(await row.load(), '', argv, out).catch(() => undefined)
      assert.ok(parsed !== undefined, `${line}: ${complaint}`)
    }
  })
}

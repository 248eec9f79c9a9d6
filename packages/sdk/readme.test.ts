import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../apps/server/http/testing/serve-accounts.ts'
import { openServer } from './testing/open-server.ts'

/* Every example of the README, type-checked and run as it stands against a real server. Only its address is put in. */

const HERE = import.meta.dirname
const PLACE = 'http://127.0.0.1:5000'
const page = await readFile(join(HERE, 'README.md'), 'utf8')
const runnable = page
  .split(/^## /m)
  .map((section, index) => ({
    title: index === 0 ? 'The first call' : section.slice(0, section.indexOf('\n')),
    code: Array.from(section.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code]) => code!).join('\n'),
  }))
  .filter(({ code }) => code !== '')

// Below the package, where its own name leads to it.
await mkdir(join(HERE, '.cache'), { recursive: true })
const folder = await mkdtemp(join(HERE, '.cache/examples-'))
after(() => rm(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly output: string
}

function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      timeout: 300_000,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => {
        output += piece
      })
    }
    child.on('close', (code) => resolve({ code, output }))
  })
}

const fileOf = (index: number) => join(folder, `example-${index}.ts`)

test('the README has examples, and each connects', () => {
  assert.ok(runnable.length >= 6, `${runnable.length} examples seen`)
  for (const { title, code } of runnable) assert.ok(code.includes(PLACE), title)
})

test('its examples are correctly typed', async () => {
  for (const [index, { code }] of runnable.entries()) await writeFile(fileOf(index), code)
  const config = { extends: join(HERE, '../../tsconfig.json'), include: ['*.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { code, output } = await run(join(HERE, '../../node_modules/.bin/tsc'), ['-p', '.'])
  assert.equal(code, 0, output)
})

eachEngine('the README', MIGRATIONS, (open) => {
  test('its examples run', async (t) => {
    await using db = await open()
    await using server = await openServer(db)
    await server.makeRun()
    await writeFile(join(folder, 'part-0.parquet'), 'PAR1 and more')
    for (const [index, { title, code }] of runnable.entries()) {
      await t.test(title, async () => {
        await writeFile(fileOf(index), code.replaceAll(PLACE, server.url))
        const { code: ended, output } = await run(process.execPath, [fileOf(index)], {
          ORRERY_TOKEN: server.token,
        })
        assert.equal(ended, 0, output)
        if (title === 'Errors, repeats, giving up')
          assert.match(output, /^RESOURCE_DOES_NOT_EXIST .*not found/i)
        if (title === 'Files')
          assert.match(output, /data\/part-0\.parquet 13\n[\s\S]*13 Uint8Array\(4\) \[ 80, 65, 82, 49 \]/)
      })
    }
  })
})

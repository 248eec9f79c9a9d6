import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { allThings, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { openSqlite } from './store.ts'

const url = (file: string) => new URL(file, import.meta.url).href

/** Writes until it is killed, with checkpoints in between, and tells of each write only after its answer. */
function writer(folder: string, round: number): string {
  return `
    import { openSqlite } from '${url('./index.ts')}'
    import { addThing, thingModule } from '${url('../suite/tables.ts')}'
    const db = await openSqlite({ folder: '${folder}', checkpointBytes: 256 * 1024 })
    await db.migrate([thingModule])
    let next = 0
    const client = async () => {
      for (;;) {
        const name = 'round ${round} write ' + next++ + ' '.repeat(300)
        await db.inTx((tx) => tx.first(addThing, { name, size: 1 }))
        process.stdout.write(name.trim() + '\\n')
      }
    }
    await Promise.all(Array.from({ length: 8 }, client))
  `
}

async function writeUntilKilled(folder: string, round: number, lines: number): Promise<string[]> {
  const code = writer(folder, round)
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    told += text
    if (told.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return told.split('\n').slice(0, -1)
}

test('after kill -9 every acknowledged write is there once, and the next start takes no time', async () => {
  using home = testFolder()
  const acknowledged: string[] = []
  for (const [round, lines] of [40, 400, 1_500].entries()) {
    acknowledged.push(...(await writeUntilKilled(home.path, round, lines)))
    const began = performance.now()
    await using db = await openSqlite({ folder: home.path })
    await db.migrate([thingModule])
    const took = performance.now() - began
    const found = (await db.read.all(allThings, {})).map(({ name }) => name.trim())
    assert.equal(new Set(found).size, found.length)
    const missing = acknowledged.filter((name) => !found.includes(name))
    assert.deepEqual(missing, [])
    assert.ok(took < 20_000, `the start took ${took} ms`)
  }
  assert.ok(acknowledged.length >= 1_900)
})

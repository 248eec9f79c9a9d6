import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { startAnchoring } from './anchors.ts'

test('a look is taken a minute after the start and then each hour, and the heads are in the log', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const lines: string[] = []
  let looks = 0
  const writeIfDue = async () => {
    looks++
    if (looks === 1) throw new Error('the disk is away')
    if (looks === 3) return undefined
    const head = { workspaceKey: 1, workspace: 'default', number: 3, position: 5, hash: 'ab' }
    const anchor = {
      format: 'orrery-anchor/1' as const,
      written: '',
      position: 5,
      heads: [head],
      previous: null,
    }
    return { file: 'x.json', digest: 'cd', anchor }
  }
  const stop = startAnchoring(
    { writeIfDue },
    pino({ base: null }, { write: (line) => void lines.push(line) }),
  )
  assert.equal(looks, 0)
  t.mock.timers.tick(60_000)
  await new Promise(setImmediate)
  assert.match(lines[0]!, /the disk is away/)
  for (let hours = 1; hours <= 2; hours++) {
    t.mock.timers.tick(3_600_000)
    await new Promise(setImmediate)
  }
  assert.equal(looks, 3)
  assert.equal(lines.length, 2)
  assert.match(lines[1]!, /"workspace":"default","number":3,"hash":"ab"/)
  await stop()
  t.mock.timers.tick(10 * 3_600_000)
  assert.equal(looks, 3)
})

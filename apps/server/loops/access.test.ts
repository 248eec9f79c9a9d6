import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { startAccessWork } from './access.ts'

function logTo(lines: string[]) {
  return pino({ base: null }, { write: (line: string) => void lines.push(line) })
}

test('other servers are heard four times a second, one question at a time', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let asked = 0
  let answer = () => {}
  const follow = () => {
    asked += 1
    return new Promise<void>((resolve) => {
      answer = resolve
    })
  }
  const stop = startAccessWork({ follow, tidy: async () => {} }, logTo([]))
  t.mock.timers.tick(250)
  t.mock.timers.tick(250)
  assert.equal(asked, 1)
  answer()
  await new Promise(setImmediate)
  t.mock.timers.tick(250)
  assert.equal(asked, 2)
  const stopping = stop()
  answer()
  await stopping
})

test('a failure is logged once until it works again', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const lines: string[] = []
  let fails = true
  const follow = async () => {
    if (fails) throw new Error('no answer')
  }
  const stop = startAccessWork({ follow, tidy: async () => {} }, logTo(lines))
  const round = async () => {
    t.mock.timers.tick(250)
    await new Promise(setImmediate)
  }
  for (let i = 0; i < 3; i++) await round()
  assert.equal(lines.length, 1)
  fails = false
  await round()
  fails = true
  await round()
  assert.equal(lines.length, 2)
  await stop()
})

test('what was put down is written each minute, and at the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let tidied = 0
  const stop = startAccessWork(
    {
      tidy: async () => {
        tidied += 1
        if (tidied === 2) throw new Error('no answer')
      },
    },
    logTo([]),
  )
  t.mock.timers.tick(60_000)
  await new Promise(setImmediate)
  assert.equal(tidied, 1)
  await stop()
  assert.equal(tidied, 2)
})

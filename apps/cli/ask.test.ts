import assert from 'node:assert/strict'
import { PassThrough, Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { ask, askUnseen, readLines } from './ask.ts'

function terminal(signal = new AbortController().signal) {
  const raw: boolean[] = []
  let shown = ''
  const stderr = new Writable({
    write(piece, _, done) {
      shown += String(piece)
      done()
    },
  })
  const keys = new PassThrough()
  const stdin = Object.assign(keys, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) })
  return { keys, raw, shown: () => shown, means: { stdin, stderr, signal } }
}

test('what is typed unseen is not shown, can be mended, and leaves the terminal as it was', async () => {
  const { keys, raw, shown, means } = terminal()
  const asked = askUnseen(means, 'Password:')
  keys.write('secreX')
  keys.write('\u007ft ü\r')
  assert.equal(await asked, 'secret ü')
  assert.equal(shown(), 'Password:\n')
  assert.deepEqual(raw, [true, false])
})

test('the end of the input ends the question, and so does the signal', async () => {
  const { keys, means } = terminal()
  const asked = askUnseen(means, 'Password:')
  keys.end('half')
  assert.equal(await asked, 'half')
  const stop = new AbortController()
  const other = terminal(stop.signal)
  const waiting = askUnseen(other.means, 'Password:')
  stop.abort(new Error('interrupted'))
  await assert.rejects(waiting, /interrupted/)
  assert.deepEqual(other.raw, [true, false])
})

test('an answer is a line, and none at the end of the input', async () => {
  const { keys, shown, means } = terminal()
  const asked = ask(means, 'Really? ')
  keys.write('yes\nmore')
  assert.equal(await asked, 'yes')
  assert.match(shown(), /^Really\? /)
  const { keys: silent, means: others } = terminal()
  silent.end()
  assert.equal(await ask(others, 'Really? '), '')
})

test('secrets on stdin are its lines', async () => {
  assert.deepEqual(await readLines({ stdin: Readable.from(['one\r', '\ntwo', ' \n\n']) }), ['one', 'two'])
  assert.deepEqual(await readLines({ stdin: Readable.from([]) }), [])
})

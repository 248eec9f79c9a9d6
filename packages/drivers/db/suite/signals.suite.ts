import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../database.ts'

/** The next words of a channel, as they are heard. */
export function hearWords(db: Database, channel: 'log' | 'streams' | 'subscriptions') {
  const heard: string[] = []
  const waiting = new Set<() => void>()
  const stop = db.signals.listen(channel, (word) => {
    heard.push(word)
    for (const look of waiting) look()
  })
  return {
    heard,
    stop,
    /** Resolves when the word has been heard. */
    async until(word: string): Promise<void> {
      while (!heard.includes(word)) {
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
  }
}

export function signalSuite(open: () => Promise<Database>): void {
  test('a word is heard by everybody who listens to its channel, and by nobody else', async () => {
    await using db = await open()
    const [one, other, stranger] = [hearWords(db, 'log'), hearWords(db, 'log'), hearWords(db, 'streams')]
    db.signals.tell('log', '17')
    await Promise.all([one.until('17'), other.until('17')])
    assert.ok(!stranger.heard.includes('17'))
  })

  test('nobody hears after having stopped, and nobody runs inside of the call that tells', async () => {
    await using db = await open()
    const [gone, staying] = [hearWords(db, 'log'), hearWords(db, 'log')]
    gone.stop()
    db.signals.tell('log', 'later')
    assert.ok(!staying.heard.includes('later'))
    await staying.until('later')
    assert.ok(!gone.heard.includes('later'))
  })
}

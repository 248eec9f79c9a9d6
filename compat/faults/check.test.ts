import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, isClean, type Observed, type Verdict } from './check.ts'
import type { Cell, Entry, Outcome } from './ledger.ts'

const once = (place: string, content = 'x'): Cell => ({ place, content })
const again = (place: string, content: string): Cell => ({ place, content, rewritable: true })
let ids = 0
const sent = (outcome: Outcome, ...cells: Cell[]): Entry => ({ id: ids++, kind: 'test', outcome, cells })
const seen = (...cells: Cell[]): Observed => ({ cells, halfVisible: [], disagreeing: [] })

const right: { name: string; entries: Entry[]; observed: Observed }[] = [
  { name: 'acknowledged and there', entries: [sent('ok', once('a'))], observed: seen(once('a')) },
  { name: 'refused and not there', entries: [sent('failed', once('a'))], observed: seen() },
  {
    name: 'unknown and not there',
    entries: [sent('unknown', once('a'), once('b'))],
    observed: seen(),
  },
  {
    name: 'unknown and there as a whole',
    entries: [sent('unknown', once('a'), once('b'))],
    observed: seen(once('a'), once('b')),
  },
  {
    name: 'replaced by a later write that was acknowledged',
    entries: [sent('ok', again('a', '1')), sent('ok', again('a', '2'))],
    observed: seen(again('a', '2')),
  },
  {
    name: 'replaced by a later write of unknown outcome',
    entries: [sent('ok', again('a', '1')), sent('unknown', again('a', '2'))],
    observed: seen(again('a', '2')),
  },
  {
    name: 'one of two values for a param, the other refused',
    entries: [sent('failed', once('a', '1')), sent('ok', once('a', '2'))],
    observed: seen(once('a', '2')),
  },
  {
    name: 'an id that only the answer tells, and no answer came',
    entries: [sent('unknown', once('a', '?'))],
    observed: seen(once('a', 'run-1')),
  },
]

for (const { name, entries, observed } of right) {
  test(`right: ${name}`, () => assert.ok(isClean(check(entries, observed))))
}

const wrong: { name: string; entries: Entry[]; observed: Observed; fault: keyof Verdict }[] = [
  {
    name: 'an acknowledged write is gone',
    entries: [sent('ok', once('a'))],
    observed: seen(),
    fault: 'lost',
  },
  {
    name: 'an acknowledged write is undone by an older one',
    entries: [sent('ok', again('a', '1')), sent('ok', again('a', '2'))],
    observed: seen(again('a', '1')),
    fault: 'lost',
  },
  {
    name: 'two values of one param were both acknowledged',
    entries: [sent('ok', once('a', '1')), sent('ok', once('a', '2'))],
    observed: seen(once('a', '2')),
    fault: 'lost',
  },
  {
    name: 'a write is there twice',
    entries: [sent('ok', once('a'))],
    observed: seen(once('a'), once('a')),
    fault: 'duplicated',
  },
  {
    name: 'something is there that nobody sent',
    entries: [],
    observed: seen(once('a')),
    fault: 'phantom',
  },
  {
    name: 'a refused write is there',
    entries: [sent('failed', once('a'))],
    observed: seen(once('a')),
    fault: 'phantom',
  },
  {
    name: 'a batch of unknown outcome is there in part',
    entries: [sent('unknown', once('a'), once('b'))],
    observed: seen(once('b')),
    fault: 'half',
  },
  {
    name: 'a file has bytes that nobody sent',
    entries: [sent('ok', again('file a', '1'))],
    observed: seen(again('file a', '1 and a half')),
    fault: 'digest',
  },
]

for (const { name, entries, observed, fault } of wrong) {
  test(`found: ${name}`, () => assert.equal(check(entries, observed)[fault].length, 1))
}

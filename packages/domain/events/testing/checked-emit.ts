import assert from 'node:assert/strict'
import { EVENTS, type EventRow } from '@orrery/base/contract'
import type { Emit } from '../emit.ts'
import type { Event } from '../event.ts'

/** Types that tell whichever properties have changed. */
const OF_ANY_PROPERTY: ReadonlySet<string> = new Set([
  'workspace.updated',
  'principal.updated',
  'role.updated',
])

/** Emits only what the catalogue says: for the tests of whoever emits. */
export function checkedEmit(emit: Emit): Emit {
  return async function emitChecked(tx, caller, event) {
    checkEvent(event)
    await emit(tx, caller, event)
  }
}

/** Asserts that an event is as its row of the catalogue has it. */
export function checkEvent(event: Event): void {
  const row: EventRow | undefined = EVENTS[event.type]
  assert.ok(row !== undefined, `'${event.type}' is not in the catalogue`)
  assert.ok(row.toCome !== true, `'${event.type}' is told, and the catalogue says that it is still to come`)
  checkSubject(event, row)
  checkOn(event, row)
  if (OF_ANY_PROPERTY.has(event.type)) return
  checkFields(event, row, 'before')
  checkFields(event, row, 'after')
}

function checkSubject({ type, subject }: Event, row: EventRow): void {
  const pattern = row.subject
    .replace(/\{[^}|]*\|[^}]*\}/g, (choice) => `(?:${choice.slice(1, -1)})`)
    .replace(/\{[^}]*\}/g, '.+')
  const isFolder = row.subject.endsWith('/artifacts/{path}')
  const whole = new RegExp(`^${isFolder ? pattern.replace(/\/\.\+$/, '(?:/.+)?') : pattern}$`, 's')
  assert.match(subject, whole, `the subject of '${type}'`)
}

/** Files of versions and traces are told without, to readers of the audit log. */
function checkOn({ type, subject, on }: Event, { audience }: EventRow): void {
  const isDecidedOn = audience === 'experiment' || audience === 'model'
  const mayLack = type.startsWith('artifact.') && !/^(?:runs|logged-models)\//.test(subject)
  if (isDecidedOn && !mayLack) assert.equal(typeof on, 'number', `'${type}' of ${subject} has no 'on'`)
  if (!isDecidedOn) assert.equal(on, undefined, `'${type}' is decided by a permission and has 'on'`)
}

function checkFields(event: Event, row: EventRow, which: 'before' | 'after'): void {
  const known = Object.keys({ ...row[which], ...(which === 'after' ? row.sometimes : {}) })
  const unknown = Object.keys(event[which] ?? {}).filter((key) => !known.includes(key))
  assert.deepEqual(unknown, [], `'${event.type}' tells fields in '${which}' that its example lacks`)
}

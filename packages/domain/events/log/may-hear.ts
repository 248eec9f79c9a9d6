import type { Caller, Permission, Readable, ResourceKind } from '@orrery/base/kernel'
import type { LoggedEvent } from '../log.ts'

/** What of an event decides who may see it. */
export type Heard = Pick<LoggedEvent, 'audience' | 'on'>

/** Asks of one caller, as they were when it was made, about many events. */
export type Hearing = (event: Heard) => boolean

/** Whether a caller may see an event. Of another workspace nobody asks: whoever asks looks into that of the caller. */
export function mayHear(caller: Caller, event: Heard): boolean {
  return makeHearing(caller)(event)
}

/** As `mayHear`: a list of thousands of experiments is looked through once, not for every event. */
export function makeHearing(caller: Caller): Hearing {
  const things = new Map<string, (key: number) => boolean>()
  const permissions = new Map<string, boolean>()

  function reads(kind: ResourceKind, key: number): boolean {
    let has = things.get(kind)
    if (has === undefined) {
      has = membership(caller.readable(kind))
      things.set(kind, has)
    }
    return has(key)
  }

  function holds(permission: string): boolean {
    let may = permissions.get(permission)
    if (may === undefined) {
      may = caller.may(permission as Permission)
      permissions.set(permission, may)
    }
    return may
  }

  return function hears({ audience, on }) {
    if (audience !== 'experiment' && audience !== 'model') return holds(audience)
    return on === undefined ? holds('audit.read') : reads(audience, on)
  }
}

function membership(readable: Readable): (key: number) => boolean {
  if (readable.kind === 'all') return () => true
  const keys = new Set(readable.keys)
  return readable.kind === 'only' ? (key) => keys.has(key) : (key) => !keys.has(key)
}

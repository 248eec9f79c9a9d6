import type { AnyDeclaration } from '@orrery/base/contract'
import type { Calls } from './calls.ts'
import { type Connection, connectionOf, type OrrerySettings } from './connection.ts'
import type { Files } from './files/files.ts'
import { lateFiles, lateLive } from './late.ts'
import type { LiveEvent, LiveOptions } from './live/live-events.ts'
import { makeCall } from './make-call.ts'
import { rowsByGroup } from './rows.ts'

/** Every row of the contract as a call: `orrery.runs.search({ experiment_ids: ['0'] })`. */
export type Orrery = Calls & {
  /** Files of runs and logged models, of any size. */
  readonly files: Files
  /** Events as they happen. Ends with its signal, or when the loop over it is left. */
  live(options?: LiveOptions): AsyncIterable<LiveEvent>
  /** The same server and credential, another workspace. */
  inWorkspace(name: string): Orrery
}

/** What the client has besides the groups of the contract; no group may be called so. */
export const OWN_WORDS = ['files', 'live', 'inWorkspace'] as const

/** Connects to nothing yet: the first call does. Throws a TypeError where `url` is no http(s) address. */
export function connect(settings: OrrerySettings): Orrery {
  const connection = connectionOf(settings)
  const orrery = Object.create(null) as Record<string, unknown>
  for (const [group, rows] of rowsByGroup()) onceAsked(orrery, group, () => makeGroup(connection, rows))
  const calls = orrery as Calls
  onceAsked(orrery, 'files', () => lateFiles(calls, connection))
  orrery.live = lateLive(connection)
  orrery.inWorkspace = (workspace: string) => connect({ ...settings, url: connection.url, workspace })
  return orrery as Orrery
}

/** `new Orrery({ url })`, the same as `connect`. */
export const Orrery = construct as unknown as new (settings: OrrerySettings) => Orrery

// A function: what it returns is what `new` gives, and an arrow has no `new`.
function construct(settings: OrrerySettings): Orrery {
  return connect(settings)
}

function onceAsked(holder: object, name: string, make: () => unknown): void {
  let made: unknown
  Object.defineProperty(holder, name, {
    enumerable: true,
    get() {
      made ??= make()
      return made
    },
  })
}

function makeGroup(connection: Connection, rows: ReadonlyMap<string, AnyDeclaration>) {
  return Object.fromEntries([...rows].map(([verb, row]) => [verb, makeCall(connection, row)]))
}

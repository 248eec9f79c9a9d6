import type { Calls } from './calls.ts'
import type { Connection } from './connection.ts'
import type { Files } from './files/files.ts'
import type { LiveEvent, LiveOptions } from './live/live-events.ts'

/* Files and live events are a third of the client's modules, and most programs want neither: loaded when first asked. */

export function lateFiles(calls: Calls, connection: Connection): Files {
  let loaded: Promise<Files> | undefined
  function load(): Promise<Files> {
    loaded ??= import('./files/files.ts').then(({ makeFiles }) => makeFiles(calls, connection))
    return loaded
  }
  return {
    upload: async (...told) => (await load()).upload(...told),
    uploadMany: async (...told) => (await load()).uploadMany(...told),
    download: async (...told) => (await load()).download(...told),
    async *list(...told) {
      yield* (await load()).list(...told)
    },
  }
}

export function lateLive(connection: Connection) {
  return async function* live(options?: LiveOptions): AsyncGenerator<LiveEvent, void, undefined> {
    const { makeLive } = await import('./live/live-events.ts')
    yield* makeLive(connection)(options)
  }
}

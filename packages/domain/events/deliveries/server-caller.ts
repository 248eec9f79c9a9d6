import type { Caller } from '@orrery/base/kernel'

/** The server itself, for events that nobody asked for. */
export function serverCaller(key: number, name: string): Caller {
  return {
    workspace: { key, name },
    principal: { kind: 'system', name: 'server' },
    requestId: 'system',
    address: '',
    may: () => true,
    readable: () => ({ kind: 'all' }),
  }
}

import type { Caller, Readable, Workspace } from '@orrery/base/kernel'

const ALL: Readable = { kind: 'all' }
const yes = () => true
const everything = () => ALL

/** Who asks while the server has no accounts: whoever sits at this machine, and may do everything. */
export function localOwner(
  workspace: Workspace,
  request: { requestId: string; address: string; reason?: string },
): Caller {
  return {
    workspace,
    principal: { kind: 'user', name: 'local-owner' },
    requestId: request.requestId,
    address: request.address,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    may: yes,
    readable: everything,
  }
}

/** The server itself, at start and in its loops. */
export function systemCaller(workspace: Workspace): Caller {
  return {
    workspace,
    principal: { kind: 'system', name: 'server' },
    requestId: 'system',
    address: '',
    may: yes,
    readable: everything,
  }
}

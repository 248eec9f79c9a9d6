import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'

/** So long a stop waits for the requests under way, in milliseconds; then their connections are cut. */
const STOP_WITHIN_MS = 30_000

/** The connections of a server, and the answers that each of them still waits for. */
export interface Connections {
  /**
   * Takes note of a request.
   *
   * @returns false if its answer could never be sent. It must not be run then: the client would take what it
   *   wrote for lost and write it again.
   */
  begin(request: IncomingMessage, response: ServerResponse): boolean
  /**
   * Begins nothing more. Connections without a request under way end now, half a head included, because Node
   * has no deadline for them once its server closes; the others end after their last answer.
   */
  drain(): void
}

export function trackConnections(server: Server, log: Logger): Connections {
  /** In the order of the requests, which is the order in which they are answered. */
  const underWay = new Map<Socket, Set<ServerResponse>>()
  let isDraining = false
  server.on('connection', (socket: Socket) => {
    if (isDraining) {
      socket.destroy()
      return
    }
    underWay.set(socket, new Set())
    // Answers that wait behind another one do not hear of it when their connection breaks.
    socket.once('close', () => underWay.delete(socket))
  })

  function begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (isDraining || socket.writableEnded || socket.destroyed) return false
    const answers = underWay.get(socket)
    answers?.add(response)
    response.once('close', () => {
      answers?.delete(response)
      // An answer that had begun before the drain could not say that it is the last.
      if (isDraining && answers?.size === 0) socket.destroySoon()
    })
    return true
  }

  function drain(): void {
    isDraining = true
    for (const [socket, answers] of underWay) {
      const last = [...answers].at(-1)
      if (last === undefined) socket.destroySoon()
      else if (!last.headersSent) last.setHeader('connection', 'close')
    }
    const timer = setTimeout(() => cut(), STOP_WITHIN_MS)
    timer.unref()
    server.once('close', () => clearTimeout(timer))
  }

  function cut(): void {
    log.warn(
      { connections: underWay.size },
      `stopping took longer than ${STOP_WITHIN_MS / 1000} s: the connections that are left are cut`,
    )
    for (const socket of underWay.keys()) socket.destroy()
  }

  return { begin, drain }
}

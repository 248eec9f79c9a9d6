import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections: one of those is lost again as soon as anybody dials. */
const FIRST = 10_000
const PORTS = 22_000

let asked = 0

/**
 * A port of this machine at which nobody listens, for a server that must be told its port. Processes that ask at once
 * are given different ones.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    // Two processes that live at once have two ids; 7 and 1009 share no factor with the number of ports.
    const port = FIRST + ((process.pid * 7 + asked++ * 1009) % PORTS)
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + PORTS - 1} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().on('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

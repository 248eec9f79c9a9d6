import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { isPublic } from '../addresses.ts'
import type { AllowList } from '../allow-list.ts'
import { EgressError } from '../egress.ts'
import { LIMITS } from '../limits.ts'
import type { Resolve } from './resolve.ts'

export interface Target {
  /** A name or a literal address, without brackets. */
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

export interface ConnectMeans {
  readonly allow: AllowList
  readonly resolve: { readonly strange: Resolve; readonly allowed: Resolve }
  /** Certificates, PEM, besides those of Node. */
  readonly ca?: string | undefined
}

/**
 * Opens a socket to an address that was looked up once and checked: what DNS says a moment later changes nothing.
 *
 * @throws EgressError
 */
export async function openSocket(target: Target, means: ConnectMeans): Promise<Socket> {
  const ends = performance.now() + LIMITS.resolveMs + LIMITS.connectMs
  const addresses = await checkedAddresses(target, means)
  let last: EgressError | undefined
  for (const [i, address] of addresses.entries()) {
    const left = Math.min(LIMITS.connectMs, ends - performance.now())
    if (left <= 0) break
    try {
      // Half of what is left, so that one address that swallows everything does not take the time of the others.
      const socket = await openTcp(target, address, i === addresses.length - 1 ? left : left / 2)
      return target.isTls ? await secure(target, socket, means.ca, ends - performance.now()) : socket
    } catch (error) {
      last = error as EgressError
      if (last.failure === 'tls' || last.failure === 'refused-address') throw last
    }
  }
  throw last ?? new EgressError('timeout', `${target.host} could not be reached in time.`)
}

/** All must be allowed: a name that leads to one inner address is not to be had by its outer ones. */
async function checkedAddresses(
  { host, port }: Target,
  { allow, resolve }: ConnectMeans,
): Promise<readonly string[]> {
  const isAllowed = allow.hasHost(host, port)
  const found = isIP(host) !== 0 ? [host] : await (isAllowed ? resolve.allowed : resolve.strange)(host)
  if (found.length === 0) throw new EgressError('unresolved', `DNS knows no address of ${host}.`)
  for (const address of found) {
    if (isAllowed || allow.hasAddress(address, port)) continue
    if (!isPublic(address) || isOwn(address)) {
      throw new EgressError(
        'refused-address',
        `${host} leads to an address that is not public. An operator can allow it with --egress-allow.`,
      )
    }
  }
  return found
}

const OWN_FOR_MS = 10_000
let own: ReadonlySet<string> = new Set()
let ownSince = Number.NEGATIVE_INFINITY

/** Whether an address is one of this machine's, also a public one. */
function isOwn(address: string): boolean {
  if (performance.now() - ownSince > OWN_FOR_MS) {
    own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address)))
    ownSince = performance.now()
  }
  return own.has(address)
}

function openTcp({ host, port }: Target, address: string, ms: number): Promise<Socket> {
  const socket = connectTcp({ host: address, port, noDelay: true })
  return settled(
    socket,
    { ready: 'connect', ms, late: `${host} did not accept a connection in time.` },
    (error) =>
      new EgressError('unreachable', `${host} could not be reached${codeOf(error)}.`, { cause: error }),
    () => {
      // Once more before the first byte, in case something between here and the kernel has other ideas.
      if (plain(socket.remoteAddress) === plain(address)) return
      throw new EgressError('refused-address', `The connection to ${host} went elsewhere.`)
    },
  )
}

const plain = (address: string | undefined) => address?.replace(/^::ffff:(?=\d+\.)/, '')

function secure({ host }: Target, socket: Socket, ca: string | undefined, ms: number): Promise<Socket> {
  const secured = connectTls({
    socket,
    host,
    // An address is no name of SNI; the certificate is compared with it all the same.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  })
  return settled(
    secured,
    { ready: 'secureConnect', ms, late: `${host} did not finish TLS in time.` },
    (error) => new EgressError('tls', `TLS with ${host} failed${codeOf(error)}.`, { cause: error }),
  )
}

/** The socket when it is ready; destroyed where it never is. */
function settled(
  socket: Socket,
  { ready, ms, late }: { readonly ready: string; readonly ms: number; readonly late: string },
  failed: (error: Error) => EgressError,
  check: () => void = () => {},
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(new EgressError('timeout', late)), Math.max(1, ms))
    const onError = (error: Error) => end(failed(error))
    const onClose = () => end(failed(new Error('the connection was closed')))
    const onReady = () => {
      try {
        check()
        end()
      } catch (error) {
        end(error as EgressError)
      }
    }
    function end(error?: EgressError): void {
      clearTimeout(timer)
      socket.off('error', onError).off('close', onClose).off(ready, onReady)
      if (error === undefined) {
        resolve(socket)
        return
      }
      // What it may still say has no hearer any more.
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    socket.once('error', onError).once('close', onClose).once(ready, onReady)
  })
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : ''
}

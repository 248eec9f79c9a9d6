import { isIPv4, isIPv6 } from 'node:net'

/*
 * Which addresses are public. Of IPv4 everything is but a list; of IPv6 nothing is but 2000::/3 without a list. Forms of
 * IPv6 that carry an address of IPv4 are unpacked, and what is inside must be public as well: 64:ff9b::7f00:1 is
 * this machine behind a translator.
 */

const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(parseNetworkOrThrow)

const GLOBAL_V6 = parseNetworkOrThrow('2000::/3')
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '3fff::/20'].map(parseNetworkOrThrow)

/** Where an address of IPv4 lies in one of IPv6: in which byte it begins, and whether its bits are turned. */
const EMBEDDING: readonly {
  readonly network: Network
  readonly at: readonly number[]
  readonly turned?: number
}[] = [
  { network: parseNetworkOrThrow('::ffff:0:0/96'), at: [12] },
  { network: parseNetworkOrThrow('64:ff9b::/96'), at: [12] },
  { network: parseNetworkOrThrow('2002::/16'), at: [2] },
  // Teredo: the server, and the client with its bits turned.
  { network: parseNetworkOrThrow('2001::/32'), at: [4, 12], turned: 12 },
]

export interface Network {
  readonly bytes: Uint8Array
  readonly bits: number
}

/** Whether an address, as `net` and DNS spell it, is reachable for everybody on the internet. */
export function isPublic(address: string): boolean {
  const bytes = bytesOf(address)
  if (bytes === undefined) return false
  return bytes.length === 4 ? isPublicV4(bytes) : isPublicV6(bytes)
}

const isPublicV4 = (bytes: Uint8Array) => !NOT_PUBLIC_V4.some((network) => isWithin(bytes, network))

function isPublicV6(bytes: Uint8Array): boolean {
  const embedding = EMBEDDING.find(({ network }) => isWithin(bytes, network))
  if (embedding !== undefined) {
    return embedding.at.every((at) => {
      const inner = bytes.slice(at, at + 4)
      return isPublicV4(at === embedding.turned ? inner.map((byte) => byte ^ 0xff) : inner)
    })
  }
  return isWithin(bytes, GLOBAL_V6) && !NOT_PUBLIC_V6.some((network) => isWithin(bytes, network))
}

/** @returns 4 or 16 bytes; undefined for what is no address, and for one that is bound to an interface (`%eth0`) */
export function bytesOf(address: string): Uint8Array | undefined {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number)
  return isIPv6(address) && !address.includes('%') ? bytesOfV6(address) : undefined
}

function bytesOfV6(address: string): Uint8Array {
  const [head = '', tail] = withoutDots(address).split('::')
  const left = groupsOf(head)
  const right = tail === undefined ? [] : groupsOf(tail)
  const groups = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

/** `::ffff:1.2.3.4` becomes `::ffff:102:304`. */
function withoutDots(address: string): string {
  if (!address.includes('.')) return address
  const at = address.lastIndexOf(':') + 1
  const [a = 0, b = 0, c = 0, d = 0] = address.slice(at).split('.').map(Number)
  return `${address.slice(0, at)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** `10.0.0.0/8`, `fd00::/8`; without bits one address. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, more] = text.split('/')
  const bytes = bytesOf(address)
  if (bytes === undefined || more !== undefined) return undefined
  const most = bytes.length * 8
  if (bits === undefined) return { bytes, bits: most }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined
  return { bytes, bits: Number(bits) }
}

export function isWithin(bytes: Uint8Array, network: Network): boolean {
  if (bytes.length !== network.bytes.length) return false
  const whole = network.bits >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== network.bytes[i]) return false
  const rest = network.bits & 7
  if (rest === 0) return true
  const mask = (0xff << (8 - rest)) & 0xff
  return (bytes[whole]! & mask) === (network.bytes[whole]! & mask)
}

function parseNetworkOrThrow(text: string): Network {
  const network = parseNetwork(text)
  if (network === undefined) throw new Error(`not a network: ${text}`)
  return network
}

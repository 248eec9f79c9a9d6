import { isIPv6 } from 'node:net'

/**
 * What is counted as one place: an IPv4 address, or the first half of an IPv6 one, of whose other half whoever has it has 2^64
 * to choose from.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (!isIPv6(address)) return address
  const [left = '', right] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  // An IPv4 address at the end stands for two groups; those are in the half that does not count.
  const given = head.length + tail.length + (address.includes('.') ? 1 : 0)
  const groups = right === undefined ? head : [...head, ...Array<string>(8 - given).fill('0'), ...tail]
  const half = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${half.join(':')}::/64`
}

import { isIP } from 'node:net'
import { parseAllowed } from '@orrery/drivers/egress'

/*
 * Readers of setting texts. Each takes what was given on the command line or in the environment, and throws an
 * Error whose message ends the sentence "--port is 'x': …".
 */

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new Error(`it must be a whole number from ${least} to ${most}`)
  }
}

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return (text: string): Words[number] => {
    if (words.includes(text)) return text
    throw new Error(`it must be one of ${words.join(', ')}`)
  }
}

export function nonEmpty(text: string): string {
  if (text.trim() !== '') return text
  throw new Error('it must not be empty')
}

/** An address of this machine, or a name of it. */
export function bindAddress(text: string): string {
  if (isIP(text) !== 0 || /^[\w-]+(\.[\w-]+)*$/.test(text)) return text
  throw new Error('it must be an address or a host name, such as 127.0.0.1 or localhost')
}

/** `true` and `false`; a flag without a value on the command line is true. */
export function yesOrNo(text: string): boolean {
  if (['true', '1', 'yes'].includes(text.toLowerCase())) return true
  if (['false', '0', 'no', ''].includes(text.toLowerCase())) return false
  throw new Error('it must be true or false')
}

/** Comma-separated; empty parts fall away. */
export function listOf(item: (text: string) => string) {
  return (text: string): string[] =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(item)
}

/** `host`, `host:port` or `*`. */
export function hostName(text: string): string {
  if (text === '*' || /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/.test(text)) {
    return text.toLowerCase()
  }
  throw new Error(`'${text}' is not a host name such as mlflow.example.org or mlflow.example.org:8080`)
}

/** An origin as browsers send it: scheme, host and port, no path. */
export function webOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return text
  throw new Error(`'${text}' is not an origin such as https://studio.example.org`)
}

/** The issuer of OpenID Connect: HTTPS, but on this machine, and nothing behind the path. */
export function issuerUrl(text: string): string {
  const url = URL.parse(text)
  const isHere = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  const isPlain =
    url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere))) return text
  throw new Error('it must be an address such as https://login.example.org/realms/lab')
}

/** Separated by spaces; `openid` makes the provider say who signs on. */
export function oidcScopes(text: string): string {
  if (
    /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text) &&
    text.split(' ').includes('openid')
  ) {
    return text
  }
  throw new Error('it must be words with single spaces between them, openid among them')
}

export function urlPrefix(text: string): string {
  if (text === '' || text === '/') return ''
  if (/^(\/[\w.~-]+)+$/.test(text) && !text.split('/').includes('..')) return text
  throw new Error('it must be a path such as /mlflow, without a slash at its end')
}

/** An address or a network, `10.0.0.1` or `10.0.0.0/8`. */
export function addressOrNetwork(text: string): string {
  const [address = '', bits, more] = text.split('/')
  const version = isIP(address)
  const most = version === 6 ? 128 : 32
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
  if (version !== 0 && more === undefined && fits) return text
  throw new Error(`'${text}' is not an address or network such as 10.0.0.0/8`)
}

export function postgresUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1) return text
  throw new Error('it must be of the form postgresql://user:password@host:5432/database')
}

/** Where people reach this server, for links: no slash at its end. */
export function publicUrl(text: string): string {
  const url = URL.parse(text)
  const isPlain =
    url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  throw new Error('it must be an address such as https://ml.example.org')
}

/** A mail server. */
export function smtpUrl(text: string): string {
  const url = URL.parse(text)
  const tls = url?.searchParams.get('tls') ?? 'offered'
  if (
    url !== null &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    ['offered', 'never'].includes(tls)
  ) {
    return text
  }
  throw new Error('it must be of the form smtp://user:password@host:587, or smtps://…:465')
}

/** `orrery@example.org`, or with a name before it: `Orrery <orrery@example.org>`. */
export function mailAddress(text: string): string {
  if (/^(?:[^<>\p{Cc}]{1,100} )?(?:<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/u.test(text)) return text
  throw new Error('it must be an address such as orrery@example.org or Orrery <orrery@example.org>')
}

/** What seals: long enough that nobody guesses it. */
export function secretKey(text: string): string {
  if (text.length >= 16) return text
  throw new Error('it must have at least 16 characters')
}

/** See the driver, whose sentence it is. */
export function egressEntry(text: string): string {
  parseAllowed(text)
  return text
}

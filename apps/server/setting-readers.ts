import { isIP } from 'node:net'

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

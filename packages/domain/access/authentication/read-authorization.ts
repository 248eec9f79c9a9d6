import { TOKEN_PREFIXES } from '../token.ts'

/** What an `Authorization` header says. */
export type Presented =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  /** `name`: where it came as the password of Basic, as git and MLflow's client send it. */
  | { readonly kind: 'token'; readonly token: string; readonly name?: string }

const LONGEST_HEADER = 8192
const BASIC = /^basic ([A-Za-z0-9+/]+={0,2})$/i
const BEARER = /^bearer (\S+)$/i
const TOKEN = new RegExp(`^(?:${Object.values(TOKEN_PREFIXES).join('|')})[\\w-]{43}$`)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether a text has the form of a token; nothing else is looked up. */
const isToken = (text: string) => TOKEN.test(text)

/** Undefined for whatever cannot be read: one space, one credential, nothing after it. */
export function readAuthorization(header: string): Presented | undefined {
  if (header.length > LONGEST_HEADER) return undefined
  const bearer = BEARER.exec(header)?.[1]
  if (bearer !== undefined) return isToken(bearer) ? { kind: 'token', token: bearer } : undefined
  const basic = BASIC.exec(header)?.[1]
  const text = basic === undefined ? undefined : decoded(basic)
  if (text === undefined || text.includes('\0')) return undefined
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  const name = text.slice(0, colon)
  const password = text.slice(colon + 1)
  return isToken(password) ? { kind: 'token', token: password, name } : { kind: 'password', name, password }
}

function decoded(base64: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}

import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { knownToken } from './known-token.ts'

const UNKNOWN = 'is wrong, was revoked, or has expired'

/** 401, in the words of whoever sits here: which token it was, and what is wrong with it as far as that is known. */
export function signedOut(error: Error, { settings, store }: Pick<Context, 'settings' | 'store'>): CliError {
  const { url } = settings
  const known = knownToken(settings, store)
  if (known === undefined) {
    const next = `Sign in with \`orrery login ${url}\`, or set ORRERY_URL and ORRERY_TOKEN.`
    return new CliError('SIGNED_OUT', `${url} asks who you are, and no token is kept for it.`, next, error)
  }
  const says = `${known.origin} was not taken: ${whyOf(error.message, known.token, known.expires)}`
  return new CliError('SIGNED_OUT', says, known.next, error)
}

function whyOf(message: string, token: string, expires: number | undefined): string {
  const told = /^You are not authenticated: the token (expired at \S+?)\.(?: |$)/.exec(message)?.[1]
  if (told !== undefined) return `it ${told}.`
  if (!message.startsWith('You are not authenticated: the request has no valid credential.')) return message
  // The server forgets what has ended; what `orrery login` keeps says when that was.
  if (expires !== undefined && expires <= Date.now())
    return `it expired at ${new Date(expires).toISOString()}.`
  return /^orrery_[a-z]{3}_/.test(token)
    ? `it ${UNKNOWN}.`
    : 'it is no token of Orrery: those begin with `orrery_`.'
}

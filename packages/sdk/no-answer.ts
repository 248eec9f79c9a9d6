import { OrreryError } from './orrery-error.ts'

/** What the codes of the platforms mean. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ECONNRESET: 'the other side cut the connection',
  UND_ERR_SOCKET: 'the other side cut the connection',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the host does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; is it an http:// address?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; is it an http:// address?',
}

/** The error for an attempt that got no answer, or not all of it. */
export function noAnswer(
  url: string,
  call: string,
  cause: unknown,
  isOver: boolean,
  hadHead: boolean,
): OrreryError {
  if (isOver) {
    return new OrreryError('TIMED_OUT', `${url} did not answer ${call} in time.`, {
      call,
      cause,
      hint: 'Ask for less, or give the call more time with timeoutMs.',
    })
  }
  const reason = reasonOf(cause)
  if (hadHead) {
    const says = `The connection to ${url} broke in the middle of the answer to ${call}: ${reason}.`
    return new OrreryError('UNREACHABLE', says, { call, cause })
  }
  return new OrreryError('UNREACHABLE', `${url} cannot be reached: ${reason}.`, {
    call,
    cause,
    hint: 'Is the server running, and is the address right?',
  })
}

/** `fetch failed` says nothing; the reason stands in the cause of the error. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message?: string }
  const { code, message: inner } = (cause ?? {}) as { code?: unknown; message?: string }
  if (typeof code === 'string') {
    const says = REASONS[code] ?? (inner === undefined || inner === '' ? undefined : inner)
    return says === undefined ? code : `${says} (${code})`
  }
  return inner || message || String(error)
}

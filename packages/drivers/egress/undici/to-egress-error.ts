import { Problem } from '@orrery/base/kernel'
import { EgressError } from '../egress.ts'

/** Puts what went wrong into a sentence for whoever made the subscription; the cause is for nobody but the log. */
export function toEgressError(error: unknown, host: string): EgressError {
  if (error instanceof EgressError) return error
  if (error instanceof Problem) return new EgressError('refused-address', error.message, { cause: error })
  const { code = '', name = '' } = (error ?? {}) as NodeJS.ErrnoException
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code)) {
    return new EgressError('unreachable', `${host} could not be reached (${code}).`, { cause: error })
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return new EgressError('broken', `The headers of ${host} are too long.`, { cause: error })
  }
  if (code.startsWith('HPE_') || name === 'HTTPParserError') {
    return new EgressError('broken', `${host} did not answer in HTTP.`, { cause: error })
  }
  return new EgressError('broken', `${host} closed the connection before its answer was complete.`, {
    cause: error,
  })
}

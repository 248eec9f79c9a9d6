import type { AnyDeclaration } from '@orrery/base/contract'
import { WHERE_TO_LOOK } from './check-answer.ts'
import type { Connection } from './connection.ts'
import { OrreryError, type OrreryErrorFacts } from './orrery-error.ts'

/** What proxies answer while the server behind them is away. */
const OF_PROXIES: ReadonlySet<number> = new Set([502, 503, 504])

/** The error that an answer without success stands for. Reads its body. */
export async function refusal(
  row: AnyDeclaration,
  response: Response,
  { url: place, serverVersion }: Pick<Connection, 'url' | 'serverVersion'>,
): Promise<OrreryError> {
  const facts: OrreryErrorFacts = {
    call: row.name,
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterSeconds: retryAfter(response.headers),
  }
  if (isRedirect(response)) {
    await response.body?.cancel()
    return redirected(row, response, facts)
  }
  const { error_code: code, message = code } = readError(await response.text().catch(() => ''))
  if (typeof code !== 'string') {
    if (OF_PROXIES.has(response.status)) {
      const says = `The answer to ${row.name} is ${response.status}, of a proxy that does not reach the server.`
      return new OrreryError('UNREACHABLE', says, { ...facts, hint: 'Is the server behind it running?' })
    }
    const says = `The answer of ${place} to ${row.name} is ${response.status} and no error of Orrery.`
    return new OrreryError('NOT_ORRERY', says, { ...facts, hint: WHERE_TO_LOOK })
  }
  const unknown = unknownPart(row, code, String(message))
  if (unknown === undefined) return new OrreryError(code, String(message), facts)
  const version = await serverVersion()
  const server = version === undefined ? 'The server' : `The server, compatible with MLflow ${version},`
  return new OrreryError('VERSION_MISMATCH', `${server} does not know ${unknown}. ${message}`, {
    ...facts,
    hint: 'It is older than this client: update it, or use the client that came with it.',
  })
}

/** An answer of success that is no JSON. */
export function noJson(
  call: string,
  url: string,
  { status, headers }: Response,
  cause: unknown,
): OrreryError {
  const type = headers.get('content-type')?.split(';', 1)[0] ?? 'of no type'
  return new OrreryError('NOT_ORRERY', `The answer of ${url} to ${call} is no JSON (${type.slice(0, 60)}).`, {
    call,
    status,
    cause,
    hint: WHERE_TO_LOOK,
  })
}

/** In a browser a redirect that is not followed has neither status nor address. */
export const isRedirect = ({ status, type }: Response) =>
  type === 'opaqueredirect' || (status >= 300 && status < 400)

/**
 * Redirects are not followed: a POST would become a GET, and a login page would be taken for a file.
 */
function redirected(row: AnyDeclaration, { headers }: Response, facts: OrreryErrorFacts): OrreryError {
  const to = headers.get('location')
  return new OrreryError(
    'NOT_ORRERY',
    `The answer to ${row.name} leads elsewhere${to === null ? '' : `, to ${to.slice(0, 200)}`}.`,
    {
      ...facts,
      hint: 'Give the address that it leads to; if that is a login page, a proxy wants a sign-in of its own.',
    },
  )
}

function readError(text: string): { error_code?: unknown; message?: unknown } {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}

/** Seconds, also where the server names a time: then by its own clock, which need not be ours. */
function retryAfter(headers: Headers): number | undefined {
  const given = headers.get('retry-after')?.trim()
  if (given === undefined || given === '') return undefined
  if (/^\d+$/.test(given)) return Number(given)
  const at = Date.parse(given)
  if (Number.isNaN(at)) return undefined
  const serverNow = Date.parse(headers.get('date') ?? '')
  return Math.max(0, Math.ceil((at - (Number.isNaN(serverNow) ? Date.now() : serverNow)) / 1000))
}

/** What of the row the server has never heard of, as the end of a sentence. */
function unknownPart(row: AnyDeclaration, code: string, message: string): string | undefined {
  if (code === 'ENDPOINT_NOT_FOUND' || code === 'METHOD_NOT_ALLOWED') return row.name
  const field =
    code === 'INVALID_PARAMETER_VALUE' ? /^Unknown field '([^']+)'\./.exec(message)?.[1] : undefined
  return field !== undefined && (has(row.takes, field) || has(row.body, field))
    ? `'${field}' of ${row.name}`
    : undefined
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** Whether a message has a field, told as `filters[0].types`. */
function has(message: unknown, path: string): boolean {
  let schema = message as Schema | undefined
  for (const step of path.replaceAll(/\[\d+\]/g, '.[]').split('.')) {
    schema =
      step === '[]'
        ? schema?.items
        : Object.hasOwn(schema?.properties ?? {}, step)
          ? schema!.properties![step]
          : undefined
  }
  return schema !== undefined
}

import { isNotYet, isServedInPart } from './declarations.ts'
import type { WireRequest } from './request.ts'
import type { Silence, WireAnswer } from './wire.ts'

/** What the inside of the server looks like when it shows. */
const INSIDES = [
  /\n\s+at .+/,
  /node_modules|node:internal/,
  /[\w-]+\.[cm]?[jt]s:\d+/,
  /SQLITE_|SQLSTATE|near "[^"]*": syntax error|syntax error at or near/,
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.+\b(FROM|VALUES|SET|WHERE)\b/i,
  /no such (table|column)|constraint failed|violates \w+ constraint|(relation|column) "\w+" does not exist/,
  /is not a function|Cannot read properties|is not iterable|Maximum call stack|is not defined\b/,
  /E(NOENT|ACCES|ISDIR|NOTDIR|EXIST|INVAL|NAMETOOLONG|LOOP|PERM)\b/,
]

/** @returns what is wrong with an answer, or undefined. @param secrets texts that no answer may hold, such as the home */
export function judge(
  request: WireRequest,
  answer: WireAnswer | Silence,
  slowMs: number,
  secrets: readonly string[],
): string | undefined {
  if ('silence' in answer) return answer.silence
  const { status, tookMs } = answer
  if (tookMs > slowMs) return `took ${tookMs.toFixed()} ms`
  if (status >= 500 && !(status === 501 && mayBe501(request.declaration))) {
    return `answered ${status}: ${answer.body.subarray(0, 300)}`
  }
  if (answer.headers.has('x-injected')) return 'carries a header that the request has put into it'
  return judgeBody(request, answer, secrets)
}

const mayBe501 = (declaration: WireRequest['declaration']) =>
  isNotYet(declaration) || isServedInPart(declaration)

function judgeBody(request: WireRequest, { status, headers, body }: WireAnswer, secrets: readonly string[]) {
  const isJson = /^application\/json/.test(headers.get('content-type') ?? '')
  let content: unknown
  if (isJson && request.method !== 'HEAD') {
    try {
      content = JSON.parse(body.toString())
    } catch {
      return `answered ${status} with what is not JSON: ${body.subarray(0, 300)}`
    }
  }
  if (status < 400 || request.method === 'HEAD') return undefined
  const { error_code, message } = (content ?? {}) as { error_code?: unknown; message?: unknown }
  if (typeof error_code !== 'string' || typeof message !== 'string' || message === '') {
    return `answered ${status} without error_code and message: ${body.subarray(0, 300)}`
  }
  return judgeMessage(request, message, secrets)
}

/** A message may show what the caller sent, and nothing of the server. */
function judgeMessage(request: WireRequest, message: string, secrets: readonly string[]): string | undefined {
  const sent = `${safeDecode(request.target)} ${request.body?.toString() ?? ''}`
  const found = [
    ...INSIDES.map((pattern) => pattern.exec(message)?.[0]),
    ...secrets.filter((text) => message.includes(text)),
  ].find((text) => text !== undefined && !sent.includes(text))
  return found === undefined ? undefined : `shows '${found}' in: ${message.slice(0, 300)}`
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The request as one line for a shell. */
export function toCurl(url: string, { method, target, headers, body, framing }: WireRequest): string {
  const chunked: [string, string][] = framing === 'chunked' ? [['transfer-encoding', 'chunked']] : []
  const lying: [string, string][] = framing === 'lying' ? [['content-length', '1000000000']] : []
  const words = [
    `curl -i --path-as-is -X ${method}`,
    ...[...headers, ...chunked, ...lying].map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body.toString('latin1'))}`]),
    quoted(url + target),
  ]
  return words.join(' ')
}

/** For bash: printable as it is, the rest as $'\xNN'. */
function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("'")) return `'${text}'`
  const escaped = [...text].map((character) => {
    const code = character.charCodeAt(0)
    if (character === "'" || character === '\\') return `\\${character}`
    return code >= 0x20 && code < 0x7f ? character : `\\x${code.toString(16).padStart(2, '0')}`
  })
  return `$'${escaped.join('')}'`
}

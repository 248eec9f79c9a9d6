import type { AnyDeclaration } from '@orrery/base/contract'
import { compileRequest } from './build-request.ts'
import type { RawOptions } from './call.ts'
import type { Connection } from './connection.ts'
import { compileAnswer, givesBytes, rawAnswer } from './read-answer.ts'
import { type Sent, send } from './send.ts'

type Call = (input?: Readonly<Record<string, unknown>>, options?: RawOptions) => Promise<unknown>

/** One row as a call. The row is compiled when it is first called: most programs use a handful. */
export function makeCall(connection: Connection, row: AnyDeclaration): Call {
  let compiled: ReturnType<typeof compile> | undefined
  return async function call(input = {}, options = {}) {
    compiled ??= compile(row)
    const { method, path, body } = compiled.makeRequest(input)
    const headers = { ...(body === undefined ? {} : JSON_BODY), ...options.headers }
    const sent: Sent = { row, method, path, headers, body: options.body ?? body }
    return send(connection, sent, compiled.read, options)
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

function compile(row: AnyDeclaration) {
  return { makeRequest: compileRequest(row), read: givesBytes(row) ? rawAnswer : compileAnswer(row) }
}

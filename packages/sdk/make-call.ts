import type { AnyDeclaration } from '@orrery/base/contract'
import { compileRequest } from './build-request.ts'
import type { RawOptions } from './call.ts'
import type { Connection } from './connection.ts'
import { refused } from './orrery-error.ts'
import { compileAnswer, compileRaw, givesBytes } from './read-answer.ts'
import { type Sent, send } from './send.ts'

type Call = (input?: Readonly<Record<string, unknown>>, options?: RawOptions) => Promise<unknown>

/** One row as a call. The row is compiled when it is first called: most programs use a handful. */
export function makeCall(connection: Connection, row: AnyDeclaration): Call {
  let compiled: ReturnType<typeof compile> | undefined
  return async function call(input = {}, options = {}) {
    checkObject(row, input, 'input')
    checkObject(row, options, 'options')
    compiled ??= compile(row, connection)
    const { method, path, body } = compiled.makeRequest(input)
    const headers = { ...(body === undefined ? {} : JSON_BODY), ...options.headers }
    const sent: Sent = { row, method, path, headers, body: options.body ?? body }
    return send(connection, sent, compiled.read, options)
  }
}

/** Programs without types give what they have, such as the null of a form that was left empty. */
function checkObject({ name, takes }: AnyDeclaration, given: unknown, what: 'input' | 'options'): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return
  const fields = Object.keys((takes as { properties?: object }).properties ?? {}).slice(0, 3)
  const known = what === 'options' ? ['signal', 'timeoutMs', 'reason', 'workspace'] : fields
  const shown = given === null ? 'null' : Array.isArray(given) ? 'a list' : `a ${typeof given}`
  const wanted = known.length === 0 ? '{}' : `an object such as { ${known[0]}: … }`
  throw refused(name, `'${what}' of ${name} is ${shown}: give ${wanted}, or leave it out.`)
}

const JSON_BODY = { 'content-type': 'application/json' }

function compile(row: AnyDeclaration, connection: Connection) {
  const read = givesBytes(row) ? compileRaw(row, connection) : compileAnswer(row, connection)
  return { makeRequest: compileRequest(row), read }
}

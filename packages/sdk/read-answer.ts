import type { AnyDeclaration } from '@orrery/base/contract'
import type { RawAnswer } from './call.ts'
import { compileCheck, noOrrery } from './check-answer.ts'
import type { Connection } from './connection.ts'
import { compileReader } from './doubles.ts'
import { noJson } from './refusal.ts'

/** Whether the answer of a row is bytes: the row is raw and gives no fields. */
export function givesBytes({ codec, gives }: AnyDeclaration): boolean {
  return codec === 'raw' && Object.keys((gives as { properties?: object }).properties ?? {}).length === 0
}

/** Compiles what reads the JSON answers of a row. No body at all is `{}`. */
export function compileAnswer(
  row: AnyDeclaration,
  connection: Connection,
): (response: Response) => Promise<unknown> {
  const readDoubles = compileReader(row.gives)
  const check = compileCheck(row, connection)
  return async function readAnswer(response) {
    const text = await response.text()
    let answer: unknown = {}
    try {
      if (text !== '') answer = JSON.parse(text)
    } catch (cause) {
      throw noJson(row.name, connection.url, response, cause)
    }
    await check(answer, response)
    return readDoubles === undefined ? answer : readDoubles(answer)
  }
}

/** What reads the head of an answer of bytes: those of another service would be kept as a file. */
export function compileRaw(
  row: AnyDeclaration,
  connection: Connection,
): (response: Response) => RawAnswer | Promise<RawAnswer> {
  return function readRaw(response) {
    if (response.headers.has('x-request-id')) return rawAnswer(response)
    return connection.isOrrery().then(async (isOrrery) => {
      if (isOrrery) return rawAnswer(response)
      await response.body?.cancel()
      throw noOrrery(row.name, connection.url, response)
    })
  }
}

export function rawAnswer(response: Response): RawAnswer {
  return {
    status: response.status,
    headers: response.headers,
    body: response.body as RawAnswer['body'],
    text: () => response.text(),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
  }
}

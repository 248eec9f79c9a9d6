import type { AnyDeclaration } from '@orrery/base/contract'
import type { Connection } from './connection.ts'
import { OrreryError } from './orrery-error.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** Rejects with NOT_ORRERY where a JSON answer of success is one that no Orrery gives to the row. */
export type CheckAnswer = (answer: unknown, response: Response) => Promise<void> | undefined

/**
 * Another service behind the address may answer everything with a success of its own, which would read as a result without
 * anything in it. The fields tell most; what they leave open, the id that every answer of Orrery carries; and where a proxy
 * takes that out, what the server says of itself.
 */
export function compileCheck(row: AnyDeclaration, connection: Connection): CheckAnswer {
  const { properties = {}, required = [] } = row.gives as Schema
  // Empty lists are left out of MLflow's answers.
  const expected = required.filter((name) => properties[name]!.type !== 'array')
  return function checkAnswer(answer, response) {
    const faults = () => notOrrery(row.name, connection.url, answer, Object.keys(properties), response)
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw faults()
    const given = Object.entries(answer)
    const known = given.filter(([name]) => Object.hasOwn(properties, name))
    if (known.some(([name, value]) => isOtherKind(value, properties[name]!))) throw faults()
    if (response.headers.has('x-request-id')) {
      const says = given.length > 0 ? Object.keys(properties) : expected
      if (known.length === 0 && says.length > 0) throw faults()
      return undefined
    }
    if (known.length > 0 && expected.every((name) => Object.hasOwn(answer, name))) return undefined
    return connection.isOrrery().then((isOrrery) => {
      if (!isOrrery) throw faults()
    })
  }
}

function isOtherKind(value: unknown, { type }: Schema): boolean {
  if (type === 'array') return !Array.isArray(value)
  return type === 'object' && (typeof value !== 'object' || Array.isArray(value))
}

export const WHERE_TO_LOOK =
  'Does the address lead to an Orrery server? Check its host, port and path, and any proxy before it.'

/** The error for bytes that another service sends. */
export function noOrrery(call: string, url: string, { status, headers }: Response): OrreryError {
  const says = `${whoIs(url, headers)} is no Orrery: its answer to ${call} has no x-request-id.`
  return new OrreryError('NOT_ORRERY', says, { call, status, hint: WHERE_TO_LOOK })
}

function whoIs(url: string, headers: Headers): string {
  const server = headers.get('server')
  return server === null ? url : `${url} (${server.slice(0, 60)})`
}

function notOrrery(
  call: string,
  url: string,
  answer: unknown,
  fields: readonly string[],
  { status, headers }: Response,
): OrreryError {
  const who = whoIs(url, headers)
  const isEmpty = fields.length === 0
  const expected = isEmpty ? 'an empty one with an x-request-id' : `an object with ${listed(fields)}`
  const says = `${who} is no Orrery: its answer to ${call} is ${kindOf(answer)}, where ${expected} was expected.`
  return new OrreryError('NOT_ORRERY', says, {
    call,
    status,
    hint: WHERE_TO_LOOK,
    requestId: headers.get('x-request-id') ?? undefined,
  })
}

function kindOf(answer: unknown): string {
  if (answer === null) return 'null'
  if (Array.isArray(answer)) return 'a list'
  if (typeof answer !== 'object') return `a ${typeof answer}`
  const names = Object.keys(answer)
  return names.length === 0 ? 'an empty object' : `an object with ${listed(names)}`
}

const SHOWN = 5

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name.slice(0, 40)}'`)
  return `${shown.join(', ')}${names.length > SHOWN ? ' and others' : ''}`
}

import type { AnyDeclaration } from '@orrery/base/contract'
import fc from 'fast-check'
import { messageOf, type Pool } from './messages.ts'
import {
  NASTY_BODIES,
  NASTY_FILTERS,
  NASTY_HEADERS,
  NASTY_KEYS,
  NASTY_ORDERS,
  NASTY_QUERIES,
  NASTY_TYPES,
  NASTY_VALUES,
  ODD_METHODS,
  ODD_NAMES,
  ODD_TARGETS,
  PATH_TRICKS,
} from './nasty.ts'
import { assemble, type Changes, type Draft, toJson, type WireRequest } from './request.ts'

/** A valid request with one thing wrong with it, or with nothing wrong. */
export function mutatedRequest(
  declarations: readonly AnyDeclaration[],
  pool: Pool,
): fc.Arbitrary<WireRequest> {
  return fc.oneof(
    ...declarations.map((declaration) => {
      const draft = draftOf(declaration, pool)
      return fc.oneof(...mutationsOf(declaration, draft))
    }),
  )
}

type Choice = fc.WeightedArbitrary<WireRequest>

function draftOf(declaration: AnyDeclaration, pool: Pool): fc.Arbitrary<Draft> {
  const { method, path, twins } = declaration
  return fc.record({
    declaration: fc.constant(declaration),
    place: fc.constantFrom({ method, path }, ...twins),
    message: messageOf(declaration, pool),
    bytes:
      declaration.name === 'registry.importArchive'
        ? fc.constant(pool.archive)
        : fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  })
}

function mutationsOf(declaration: AnyDeclaration, draft: fc.Arbitrary<Draft>): Choice[] {
  const hasPath = /\{/.test(declaration.path)
  return [
    { weight: 12, arbitrary: draft.map((it) => assemble(it)) },
    { weight: 40, arbitrary: withField(draft) },
    { weight: 6, arbitrary: withoutField(draft) },
    { weight: 6, arbitrary: withKey(draft) },
    ...searchMutations(declaration, draft),
    ...(hasPath ? [{ weight: 30, arbitrary: changed(draft, 'pathTrick', PATH_TRICKS) }] : []),
    ...(declaration.path.endsWith('*}') ? [{ weight: 40, arbitrary: besideFiles(draft) }] : []),
    { weight: 1, arbitrary: changed(draft, 'target', ODD_TARGETS) },
    { weight: 4, arbitrary: changed(draft, 'query', NASTY_QUERIES) },
    { weight: 6, arbitrary: changed(draft, 'body', NASTY_BODIES) },
    { weight: 8, arbitrary: withBrokenBytes(draft) },
    { weight: 4, arbitrary: changed(draft, 'contentType', NASTY_TYPES) },
    { weight: 4, arbitrary: changed(draft, 'method', ODD_METHODS) },
    { weight: 5, arbitrary: withHeaders(draft) },
    { weight: 2, arbitrary: inWorkspace(draft) },
    { weight: 2, arbitrary: changed(draft, 'framing', ['chunked']) },
    ...(declaration.bodyLimitBytes > 0 ? [{ weight: 0.2, arbitrary: tooLarge(declaration, draft) }] : []),
  ].map(({ weight, arbitrary }) => ({ weight: Math.ceil(weight * 10), arbitrary }))
}

function changed<Key extends keyof Changes>(
  draft: fc.Arbitrary<Draft>,
  key: Key,
  values: readonly Changes[Key][],
): fc.Arbitrary<WireRequest> {
  return fc.tuple(draft, fc.constantFrom(...values)).map(([it, value]) => assemble(it, { [key]: value }))
}

/** In the folder of an owner who is there: what does not start with one is refused before anybody looks at it. */
function besideFiles(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const name = fc.constantFrom(...ODD_NAMES, ...PATH_TRICKS)
  return fc.tuple(draft, name).map(([it, pathSuffix]) => {
    const path = it.message.artifact_path
    if (typeof path !== 'string') return assemble(it)
    const folder = path.slice(0, path.lastIndexOf('/'))
    return assemble({ ...it, message: { ...it.message, artifact_path: folder } }, { pathSuffix })
  })
}

/** One field, at any depth, holds what it should not. */
function withField(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const value = fc.oneof(
    fc.constantFrom(...NASTY_VALUES),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.double(),
  )
  return fc.tuple(draft, fc.nat(), value).map(([it, place, nasty]) => {
    const places = placesOf(it.message)
    if (places.length === 0) return assemble(it)
    return assemble({ ...it, message: replaced(it.message, places[place % places.length]!, nasty) as never })
  })
}

function withoutField(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  return fc.tuple(draft, fc.nat()).map(([it, which]) => {
    const names = Object.keys(it.message)
    const { [names[which % names.length] ?? '']: _, ...message } = it.message
    return assemble({ ...it, message })
  })
}

function withKey(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const entry = fc.tuple(fc.constantFrom(...NASTY_KEYS), fc.constantFrom(...NASTY_VALUES))
  return fc.tuple(draft, entry).map(([it, [key, value]]) => {
    // Written by hand, because an object literal would take `__proto__` for its prototype.
    const rest = toJson(it.message).slice(1)
    const comma = rest === '}' ? '' : ','
    return assemble(it, { body: Buffer.from(`{${JSON.stringify(key)}:${toJson(value)}${comma}${rest}`) })
  })
}

function searchMutations({ takes }: AnyDeclaration, draft: fc.Arbitrary<Draft>): Choice[] {
  const { properties = {} } = takes as { properties?: Record<string, unknown> }
  const filter = Object.keys(properties).find((name) => name.startsWith('filter'))
  const told = (name: string, values: fc.Arbitrary<unknown>) =>
    fc
      .tuple(draft, values)
      .map(([it, value]) => assemble({ ...it, message: { ...it.message, [name]: value } }))
  const choices: Choice[] = []
  const filters = fc.oneof(
    fc.constantFrom(...NASTY_FILTERS),
    fc
      .array(fc.constantFrom(...NASTY_FILTERS.filter((text) => text.length < 60)), {
        minLength: 2,
        maxLength: 4,
      })
      .map((parts) => parts.join(' AND ')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )
  if (filter !== undefined) choices.push({ weight: 40, arbitrary: told(filter, filters) })
  if ('order_by' in properties) {
    const order = fc.oneof(fc.constantFrom(...NASTY_ORDERS), fc.string({ maxLength: 40 }))
    const orders = fc.oneof(
      fc.array(order, { maxLength: 3 }),
      fc.constant(Array.from({ length: 1_000 }, (_, i) => `metrics.m${i}`)),
      fc.constant(['metrics.loss', 'metrics.loss', 'metrics.loss DESC']),
    )
    choices.push({ weight: 15, arbitrary: told('order_by', orders) })
  }
  return choices
}

/** Cut short, or with a byte replaced or put in. */
function withBrokenBytes(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const damage = fc.record({
    at: fc.nat(),
    byte: fc.nat({ max: 255 }),
    how: fc.constantFrom('cut', 'put', 'set'),
  })
  return fc.tuple(draft, damage).map(([it, { at, byte, how }]) => {
    const { body } = assemble(it)
    if (body === undefined || body.length === 0) return assemble(it)
    const place = at % body.length
    const head = body.subarray(0, place)
    const tail = body.subarray(how === 'set' ? place + 1 : place)
    return assemble(it, { body: how === 'cut' ? head : Buffer.concat([head, Buffer.from([byte]), tail]) })
  })
}

function withHeaders(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const headers = fc.array(fc.constantFrom(...NASTY_HEADERS), { minLength: 1, maxLength: 3 })
  return fc.tuple(draft, headers).map(([it, chosen]) => assemble(it, { headers: chosen }))
}

function inWorkspace(draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const names = ['default', 'nope', '%', '%2e%2e', '..', '%00', 'x'.repeat(500), 'a%2Fb']
  return fc.tuple(draft, fc.constantFrom(...names)).map(([it, name]) => {
    const { path, ...place } = it.place
    return assemble({ ...it, place: { ...place, path: `/workspaces/${name}${path}` } })
  })
}

/** More than the route takes: told in the header, told and not sent, or not told at all. */
function tooLarge({ bodyLimitBytes }: AnyDeclaration, draft: fc.Arbitrary<Draft>): fc.Arbitrary<WireRequest> {
  const framing = fc.constantFrom<WireRequest['framing'][]>('length', 'chunked', 'lying', 'lying')
  return fc.tuple(draft, framing).map(([it, how]) => {
    const body = Buffer.alloc(how === 'lying' ? 100 : bodyLimitBytes + 1, ' ')
    return assemble(it, { body, framing: how })
  })
}

type Path = readonly (string | number)[]

/** Where a message has fields: its own, and those of the messages and lists in it. */
function placesOf(value: unknown, above: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  return [...keys].flatMap((key) => {
    const path = [...above, key]
    return [path, ...placesOf((value as Record<string | number, unknown>)[key], path)]
  })
}

function replaced(value: unknown, [key, ...rest]: Path, nasty: unknown): unknown {
  if (key === undefined) return nasty
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaced(item, rest, nasty) : item))
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replaced(fields[key], rest, nasty) }
}

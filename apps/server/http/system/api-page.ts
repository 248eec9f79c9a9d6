import type { RawAnswer } from '../kit/index.ts'
import type { OpenApiDocument, Operation } from './open-api.ts'
import { escaped, page } from './page.ts'

/** The OpenAPI document as a page to read. */
export function apiPage(document: OpenApiDocument): RawAnswer {
  return page('API · Orrery', body(document), STYLE)
}

const STYLE = `
details { border: 1px solid #8884; border-radius: 6px; margin: .4rem 0; padding: .4rem .7rem }
summary { cursor: pointer } summary span { opacity: .75 } summary b { display: inline-block; min-width: 4.2rem }
details td, details th { padding: .15rem .8rem .15rem 0; border: 0; border-top: 1px solid #8883 }
`

interface Row {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function body({ info, paths }: OpenApiDocument): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = Map.groupBy(rows, ({ operation }) => operation.tags[0]!)
  const sections = [...groups].map(
    ([tag, members]) => `<h2>${escaped(tag)}</h2>${members.map(section).join('')}`,
  )
  return `<h1>API</h1><p>${escaped(info.description)} As a document: <a href="openapi.json">openapi.json</a>.</p>
${sections.join('\n')}`
}

function section({ method, path, operation }: Row): string {
  const body = operation.requestBody as { content: { 'application/json'?: { schema: Message } } } | undefined
  const responses = operation.responses as Readonly<
    Record<string, { content?: { 'application/json'?: { schema: Message } } }>
  >
  const success = Object.keys(responses).find((status) => status.startsWith('2'))!
  const parameters = operation.parameters ?? []
  const inBody = body?.content['application/json']?.schema
  const takes = {
    properties: {
      ...Object.fromEntries(parameters.map(({ name, schema }) => [name, schema as Field])),
      ...inBody?.properties,
    },
    required: [
      ...parameters.filter(({ required }) => required).map(({ name }) => name),
      ...(inBody?.required ?? []),
    ],
  }
  const gives = responses[success]!.content?.['application/json']?.schema
  return `<details><summary><b>${method}</b> <code>${escaped(path)}</code> <span>${escaped(operation.summary)}</span></summary>
<p>Needs: <code>${escaped(operation['x-orrery-needs'])}</code></p>${fields('Takes', takes)}${gives === undefined ? '' : fields('Gives', gives)}</details>`
}

interface Field {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Field
  readonly oneOf?: readonly Field[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Field>>
}

interface Message {
  readonly properties?: Readonly<Record<string, Field>>
  readonly required?: readonly string[]
}

function fields(title: string, { properties = {}, required = [] }: Message): string {
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `<tr><td><code>${escaped(name)}</code>${required.includes(name) ? '' : ' <i>optional</i>'}</td>` +
      `<td><code>${escaped(typeOf(field))}</code></td><td>${escaped(field.description ?? '')}</td></tr>`,
  )
  return rows.length === 0 ? '' : `<table><tr><th colspan="3">${title}</th></tr>${rows.join('')}</table>`
}

function typeOf(field: Field): string {
  if (field.oneOf !== undefined) return typeOf(field.oneOf[0] ?? {})
  if (field.enum !== undefined) return field.enum.join(' | ')
  if (field.type === 'array') return `${typeOf(field.items ?? {})}[]`
  if (field.type === 'object') return `{ ${Object.keys(field.properties ?? {}).join(', ')} }`
  return field.format ?? field.type ?? 'any'
}

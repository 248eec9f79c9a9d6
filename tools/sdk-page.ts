import { type AnyDeclaration, entities } from '@orrery/base/contract'
import { PERMISSION_NAMES } from '@orrery/base/kernel'
import { rowsByGroup } from '../packages/sdk/rows.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly nullable?: boolean
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly description?: string
}

const keyOf = (schema: Schema): unknown => schema.properties ?? schema.enum ?? schema

/** Messages and words that have a name, by what an optional copy of them has as well. */
const NAMES = new Map(Object.entries(entities).map(([name, schema]) => [keyOf(schema as Schema), name]))

/** Every call of the TypeScript client with what it takes and gives, as the contract has it. */
export function sdkPage(): string {
  const groups = [...rowsByGroup()].toSorted(([a], [b]) => a.localeCompare(b))
  return `# The calls of the TypeScript client

How the client is used stands in [its README](../packages/sdk/README.md); this page is printed from the contract. Every call
takes options after its input: \`signal\`, \`timeoutMs\`, \`reason\`, \`workspace\`; those whose bodies are bytes take \`body\` and
\`headers\` as well. Every call can reject with an \`OrreryError\` of a code in [errors.md](errors.md) or one of the client's own.
Timestamps are milliseconds since the epoch. Files of runs and logged models are better reached by \`orrery.files\`, live
events by \`orrery.live\`.

${groups.map(([group]) => `[${group}](#${group.toLowerCase()})`).join(' · ')} · [types](#types)

${groups.map(([group, rows]) => groupSection(group, rows)).join('\n')}
## Types

Messages that several calls share; \`Permission\` is one of [permissions.md](permissions.md).

\`\`\`text
${[...Object.entries(entities)].map(([name, schema]) => `${name} = ${shape(schema as Schema, '')}`).join('\n\n')}
\`\`\`
`
}

function groupSection(group: string, rows: ReadonlyMap<string, AnyDeclaration>): string {
  const calls = [...rows].toSorted(([a], [b]) => a.localeCompare(b))
  return `## ${group}\n\n${calls.map(([verb, row]) => callSection(`${group}.${verb}`, row)).join('\n')}`
}

function callSection(call: string, row: AnyDeclaration): string {
  const input = { ...propertiesOf(row.takes), ...propertiesOf(row.body) }
  const required = [...requiredOf(row.takes), ...requiredOf(row.body)]
  const takes =
    Object.keys(input).length === 0 ? '' : shape({ type: 'object', properties: input, required }, '')
  const isBytes = row.codec === 'raw' && Object.keys(propertiesOf(row.gives)).length === 0
  return `### ${call}

${row.summary} ${needsText(row)}

\`\`\`text
${call}(${takes}): ${isBytes ? 'RawAnswer' : typeOf(row.gives as Schema, '')}
\`\`\`
`
}

function needsText({ needs, method, path }: AnyDeclaration): string {
  const words: Readonly<Record<string, string>> = { public: 'Needs nothing', 'signed-in': 'Needs an account' }
  return `${words[needs] ?? `Needs \`${needs}\``}; \`${method} ${path}\`.`
}

const propertiesOf = (schema: unknown) => (schema as Schema | undefined)?.properties ?? {}
const requiredOf = (schema: unknown) => (schema as Schema | undefined)?.required ?? []

function typeOf(schema: Schema, indent: string): string {
  const name = NAMES.get(keyOf(schema))
  if (name !== undefined) return name
  if (schema.items !== undefined) {
    const item = typeOf(schema.items, indent)
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`
  }
  const type = schema.properties === undefined ? scalar(schema) : shape(schema, indent)
  return schema.nullable || (Array.isArray(schema.type) && schema.type.includes('null'))
    ? `${type} | null`
    : type
}

function scalar({ type, enum: words }: Schema): string {
  if (words?.length === PERMISSION_NAMES.length) return 'Permission'
  if (words !== undefined) return words.map((word) => `'${word}'`).join(' | ')
  const [first] = [type].flat()
  return first === undefined ? 'unknown' : first === 'integer' ? 'number' : first
}

/** The fields of a message, one a line. */
function shape(schema: Schema, indent: string): string {
  if (schema.properties === undefined) return scalar(schema)
  const inner = `${indent}  `
  const lines = Object.entries(schema.properties).map(([name, field]) => {
    const mark = schema.required?.includes(name) ? '' : '?'
    const says = field.description === undefined ? '' : ` // ${field.description}`
    return `${inner}${name}${mark}: ${typeOf(field, inner)}${says}`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

import type { AnyDeclaration } from '@orrery/base/contract'
import { PROBLEMS } from '@orrery/base/kernel'

type Schema = Readonly<Record<string, unknown>>

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Schema
  readonly responses: Schema
  readonly 'x-orrery-needs': string
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: Schema
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Schema
}

/** Prints the declarations as OpenAPI 3.1. Of a call's twins only the first address is listed. */
export function openApi(
  declarations: readonly AnyDeclaration[],
  { basePath, mlflowVersion }: { basePath: string; mlflowVersion: string },
): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const declaration of declarations) {
    const path = declaration.path.replace('*}', '}')
    paths[path] ??= {}
    paths[path][declaration.method.toLowerCase()] = operation(declaration)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Orrery',
      version: mlflowVersion,
      description: `Compatible with MLflow ${mlflowVersion}. Routes below /api/2.0 and /api/3.0 are MLflow's; the same calls answer below /ajax-api.`,
    },
    servers: [
      { url: basePath === '' ? '/' : basePath, description: 'The workspace default.' },
      { url: `${basePath}/workspaces/{workspace}`, description: 'Any workspace, by its name.' },
    ].map((server) =>
      server.url.includes('{') ? { ...server, variables: { workspace: { default: 'default' } } } : server,
    ),
    paths,
    components: { schemas: { Problem: PROBLEM } },
  }
}

const PROBLEM = {
  type: 'object',
  required: ['error_code', 'message'],
  properties: { error_code: { type: 'string', enum: Object.keys(PROBLEMS) }, message: { type: 'string' } },
}

function operation(declaration: AnyDeclaration): Operation {
  const { name, summary, gives, codec, needs, answers = 200 } = declaration
  const parameters = parametersOf(declaration)
  const body = bodyOf(declaration)
  const isBytes = codec === 'raw' && Object.keys(gives.properties ?? {}).length === 0
  return {
    operationId: name,
    summary,
    tags: [name.split('.')[0]!],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: { required: declaration.method !== 'DELETE', ...body } }),
    responses: {
      [answers]: isBytes
        ? { description: 'Bytes or text.', ...BYTES }
        : answers === 204
          ? { description: 'Done.' }
          : jsonResponse('Done.', withWords(gives)),
      default: jsonResponse('A problem.', { $ref: '#/components/schemas/Problem' }),
    },
    'x-orrery-needs': needs,
  }
}

/** Undefined where a call has none. What the path says is not said again: strict routes refuse a field given twice. */
function bodyOf({ method, codec, takes, body, path }: AnyDeclaration): Schema | undefined {
  if (codec === 'raw' && body === undefined) return WITH_BODY.has(method) ? BYTES : undefined
  const schema = without(inPath(path), body ?? takes)
  const isNothing = Object.keys(schema.properties as object).length === 0
  if (method === 'GET' || (method === 'DELETE' && isNothing)) return undefined
  return json(withWords(schema))
}

function without(names: readonly string[], schema: Schema): Schema {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const required = (schema.required ?? []) as readonly string[]
  return {
    ...schema,
    properties: Object.fromEntries(fields.filter(([name]) => !names.includes(name))),
    required: required.filter((name) => !names.includes(name)),
  }
}

const inPath = (path: string) => [...path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1]!)

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

const BYTES = { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }

/** A double may travel as one of the words that JSON has no number for. */
const DOUBLE = { oneOf: [{ type: 'number', format: 'double' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }

function withWords(schema: Schema): Schema {
  if (schema.type === 'number' && schema.format === 'double') {
    const { type: _, format: __, ...rest } = schema
    return { ...rest, ...DOUBLE }
  }
  if (schema.type === 'array') return { ...schema, items: withWords(schema.items as Schema) }
  if (schema.type !== 'object') return schema
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  return {
    ...schema,
    properties: Object.fromEntries(fields.map(([name, field]) => [name, withWords(field)])),
  }
}

function parametersOf({ path, takes, codec, method }: AnyDeclaration): Parameter[] {
  const names = inPath(path)
  const fields = Object.entries((takes.properties ?? {}) as Record<string, Schema>)
  const inQuery = codec === 'raw' || method === 'GET' ? fields.filter(([name]) => !names.includes(name)) : []
  return [
    ...names.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' } })),
    ...inQuery.map(([name, { demanded, ...schema }]) => ({
      name,
      in: 'query' as const,
      required: demanded === true || (takes.required?.includes(name) ?? false),
      schema,
    })),
  ]
}

const json = (schema: unknown): Schema => ({ content: { 'application/json': { schema } } })

function jsonResponse(description: string, schema: unknown): Schema {
  return { description, ...json(schema) }
}

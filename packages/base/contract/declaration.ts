import type { Permission } from '../kernel/index.ts'
import type { TSchema } from './fields.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type CodecName = 'mlflow' | 'orrery' | 'raw'

/** One route, told once. Router, OpenAPI, permission table, SDK types and the refusal tests read it. */
export interface Declaration<
  Takes extends TSchema = TSchema,
  Gives extends TSchema = TSchema,
  Codec extends CodecName = CodecName,
> {
  /** `noun.verb`, unique: the name of the binding, the OpenAPI operation and the SDK call. */
  readonly name: string
  readonly method: Method
  /** Path below the workspace, with `{parameters}`; a last `{name*}` takes the rest of the path. */
  readonly path: string
  /** The same call at other addresses: MLflow mounts most routes twice. */
  readonly twins: readonly { readonly method: Method; readonly path: string }[]
  /** What the caller must be allowed to do. There is no default; 'public' stands in a frozen list. */
  readonly needs: Permission | 'public'
  /** `mlflow`: proto-JSON as MLflow speaks it. `orrery`: strict JSON. `raw`: the handler sees streams. */
  readonly codec: Codec
  readonly takes: Takes
  readonly gives: Gives
  readonly bodyLimitBytes: number
  /** One line for the API page. */
  readonly summary: string
}

// A declaration of any messages; `TSchema` alone would lose their types in a table.
// biome-ignore lint/suspicious/noExplicitAny: variance of the two type parameters
export type AnyDeclaration = Declaration<any, any, CodecName>

interface Told<Takes extends TSchema, Gives extends TSchema> {
  readonly name: string
  readonly method: Method
  /** Below `/mlflow/` for MLflow's rows, below `/api/orrery/v1/` for ours. */
  readonly path: string
  readonly needs: Permission | 'public'
  readonly takes: Takes
  readonly gives: Gives
  readonly summary: string
  readonly bodyLimitBytes?: number
}

const MIB = 1024 * 1024

/** MLflow's own limit for a call is 1 MB, and its client stays below it. Reading more would hold everybody up. */
const JSON_LIMIT_BYTES = 2 * MIB

/** For calls with many long values: 100 params and 100 tags of full length take 5.6 MB in the widest letters. */
export const LARGE_JSON_LIMIT_BYTES = 8 * MIB

/**
 * A call of MLflow's REST API: mounted below `/api/{major}.0/mlflow` and, for browsers, `/ajax-api/{major}.0/mlflow`.
 * `alsoBy` adds a second method on the same paths.
 */
export function mlflow<Takes extends TSchema, Gives extends TSchema>(
  told: Told<Takes, Gives> & {
    readonly major?: 2 | 3
    readonly alsoBy?: Method
    readonly only?: 'api' | 'ajax-api'
  },
): Declaration<Takes, Gives, 'mlflow'> {
  const { major = 2, alsoBy, only, path, ...row } = told
  const faces = only === undefined ? ['api', 'ajax-api'] : [only]
  const methods = alsoBy === undefined ? [row.method] : [row.method, alsoBy]
  const places = methods.flatMap((method) =>
    faces.map((face) => ({ method, path: `/${face}/${major}.0/mlflow/${path}` })),
  )
  const [first, ...twins] = places
  return { bodyLimitBytes: JSON_LIMIT_BYTES, ...row, path: first!.path, twins, codec: 'mlflow' }
}

/** A call of our own API, strict about its fields. */
export function orrery<Takes extends TSchema, Gives extends TSchema>(
  told: Told<Takes, Gives>,
): Declaration<Takes, Gives, 'orrery'> {
  return { bodyLimitBytes: MIB, ...told, path: `/api/orrery/v1/${told.path}`, twins: [], codec: 'orrery' }
}

/** A call whose bodies are bytes or pages: the handler reads and writes streams. Paths are given whole. */
export function raw<Takes extends TSchema, Gives extends TSchema>(
  told: Told<Takes, Gives> & {
    readonly twins?: readonly { readonly method: Method; readonly path: string }[]
  },
): Declaration<Takes, Gives, 'raw'> {
  return { bodyLimitBytes: 0, twins: [], ...told, codec: 'raw' }
}

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
  readonly needs: Needs
  /** With this the gate lets pass as well: the verb finds out of which thing it is, and asks for the right one. */
  readonly orNeeds?: Permission
  /** `mlflow`: proto-JSON as MLflow speaks it. `orrery`: strict JSON. `raw`: the handler sees streams. */
  readonly codec: Codec
  readonly takes: Takes
  readonly gives: Gives
  readonly bodyLimitBytes: number
  /** The JSON message that the handler of a raw route reads by itself; path and query are `takes`. */
  readonly body?: TSchema
  /** One line for the API page. */
  readonly summary: string
  /** Status of success, where it is not 200; 204 has no body. */
  readonly answers?: 201 | 204
  /** It concerns runs, and its verb asks `mustReach`: a confined credential (see the kernel) may still call it. */
  readonly ofRun?: true
}

/**
 * What the caller must be allowed to do; there is no default. `signed-in`: whoever has an account, also without a role
 * in the workspace, and the verb says what for. `public`: everybody. Both stand in frozen lists.
 */
export type Needs = Permission | 'signed-in' | 'public'

// A declaration of any messages; `TSchema` alone would lose their types in a table.
// biome-ignore lint/suspicious/noExplicitAny: variance of the two type parameters
export type AnyDeclaration = Declaration<any, any, CodecName>

/** A row with its name as a type: of it the SDK makes its calls. */
export type Named<Row, Name extends string> = Row & { readonly name: Name }

interface Told<Takes extends TSchema, Gives extends TSchema, Name extends string> {
  readonly name: Name
  readonly method: Method
  /** Below `/mlflow/` for MLflow's rows, below `/api/orrery/v1/` for ours. */
  readonly path: string
  readonly needs: Needs
  readonly orNeeds?: Permission
  readonly takes: Takes
  readonly gives: Gives
  readonly summary: string
  readonly bodyLimitBytes?: number
  readonly answers?: 201 | 204
  readonly ofRun?: true
}

const MIB = 1024 * 1024

/** MLflow's own limit for a call is 1 MB, and its client stays below it. Reading more would hold everybody up. */
const JSON_LIMIT_BYTES = 2 * MIB

/** For calls with many long values: 100 params and 100 tags of full length take 5.6 MB in the widest letters. */
export const LARGE_JSON_LIMIT_BYTES = 8 * MIB

/** For forms of browsers. */
export const FORM_LIMIT_BYTES = 16 * 1024

/** What `mlflow` is told. */
export type MlflowTold<Takes extends TSchema, Gives extends TSchema, Name extends string> = Told<
  Takes,
  Gives,
  Name
> & {
  readonly major?: 2 | 3
  readonly alsoBy?: Method
  readonly only?: 'api' | 'ajax-api'
}

/**
 * A call of MLflow's REST API: mounted below `/api/{major}.0/mlflow` and, for browsers, `/ajax-api/{major}.0/mlflow`.
 * `alsoBy` adds a second method on the same paths.
 */
export function mlflow<Takes extends TSchema, Gives extends TSchema, const Name extends string>(
  told: MlflowTold<Takes, Gives, Name>,
): Named<Declaration<Takes, Gives, 'mlflow'>, Name> {
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
export function orrery<Takes extends TSchema, Gives extends TSchema, const Name extends string>(
  told: Told<Takes, Gives, Name>,
): Named<Declaration<Takes, Gives, 'orrery'>, Name> {
  return { bodyLimitBytes: MIB, ...told, path: `/api/orrery/v1/${told.path}`, twins: [], codec: 'orrery' }
}

/**
 * A call whose bodies are bytes or pages: the handler reads and writes streams. Paths are given whole. Where `gives` has
 * fields the answer is JSON.
 */
export function raw<
  Takes extends TSchema,
  Gives extends TSchema,
  const Name extends string,
  Body extends TSchema | undefined = undefined,
>(
  told: Told<Takes, Gives, Name> & {
    readonly twins?: readonly { readonly method: Method; readonly path: string }[]
    readonly body?: Body
  },
): Named<Declaration<Takes, Gives, 'raw'>, Name> &
  ([Body] extends [TSchema] ? { readonly body: Body } : unknown) {
  return { bodyLimitBytes: 0, twins: [], ...told, codec: 'raw' } as never
}

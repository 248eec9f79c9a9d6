import type { CallOptions } from '../call.ts'
import type { Calls } from '../calls.ts'
import { OrreryError, refused } from '../orrery-error.ts'

/** Whose files: a run's or a logged model's. */
export type FileOwner = { readonly run_id: string } | { readonly model_id: string }

/** @returns the folder of an owner in the store behind the server, without slashes at its ends */
export type FindRoot = (owner: FileOwner, options: CallOptions) => Promise<string>

/** A long life over many runs must not remember all of them. */
const MOST_KNOWN = 1_000

/** Where files lie never changes, so each owner is asked for once. */
export function makeFindRoot(calls: Calls, ownWorkspace: string | undefined): FindRoot {
  const known = new Map<string, Promise<string>>()
  return async function findRoot(owner, options) {
    checkOwner(owner)
    const key = JSON.stringify([options.workspace ?? ownWorkspace, owner])
    const found = known.get(key)
    if (found !== undefined) return found
    // Several uploads may wait for this, so one that is given up must not end it for the others.
    const root = ask(calls, owner, { workspace: options.workspace }).then((uri) => rootOf(uri, owner))
    root.catch(() => known.delete(key))
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
    known.set(key, root)
    return root
  }
}

function checkOwner(owner: unknown): void {
  const { run_id, model_id } = (owner ?? {}) as { run_id?: unknown; model_id?: unknown }
  const id = run_id ?? model_id
  if (typeof id === 'string' && id !== '') return
  throw refused('files', 'It is not said whose files: give { run_id } or { model_id }, with the id as text.')
}

async function ask(calls: Calls, owner: FileOwner, options: CallOptions): Promise<string> {
  if ('run_id' in owner)
    return (await calls.runs.get({ run_id: owner.run_id }, options)).run.info.artifact_uri
  return (await calls.loggedModels.get({ model_id: owner.model_id }, options)).model.info.artifact_uri
}

function rootOf(uri: string, owner: FileOwner): string {
  const path = /^mlflow-artifacts:\/(?:\/\/)?([^/].*)$/.exec(uri)?.[1]
  if (path !== undefined) return path.replace(/\/+$/, '')
  throw new OrreryError(
    'INVALID_PARAMETER_VALUE',
    `The files of ${JSON.stringify(owner)} are at '${uri}', outside the store behind the server.`,
    { call: 'files', hint: 'Read and write them with a client that has credentials for that store.' },
  )
}

/** A path below a root. `.` and `..` are refused where the request is built. */
export function below(root: string, path: string): string {
  if (path === '' || path.startsWith('/') || path.endsWith('/')) {
    throw refused('files', `'${path}' is no path of a file: give it relative to its run or logged model.`)
  }
  return `${root}/${path}`
}

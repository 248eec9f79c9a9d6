import { invalid, type Problem } from '@orrery/base/kernel'

/** What kind of place a source names, before anything is looked up. */
export type SourceUri =
  /** `runs:/<run id>/<path>`; the path as it was given. */
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }
  /** `models:/<model id>` */
  | { readonly kind: 'logged-model'; readonly modelId: string }
  /** `models:/<name>/<version, stage or latest>`, `models:/<name>@<alias>` */
  | { readonly kind: 'version'; readonly name: string; readonly which: Which }
  /** `mlflow-artifacts:/<path>`; the path as it was given. */
  | { readonly kind: 'stored'; readonly path: string }
  /** A path of somebody's machine: no version has such a source. */
  | { readonly kind: 'local' }
  /** A store that the server never opens. */
  | { readonly kind: 'elsewhere' }

export type Which =
  | { readonly by: 'number'; readonly number: string }
  | { readonly by: 'stage'; readonly stage: string }
  | { readonly by: 'alias'; readonly alias: string }
  | { readonly by: 'latest' }

/** Whoever opens an address of these schemes connects to the host that it names. Source: MLflow's host_policy.py. */
const HOST_SCHEMES = ['ftp', 'sftp', 'hdfs', 'viewfs', 'http', 'https', 'r2', 'b2', 'abfss']

/** The field of a request that must name the owner of a source. */
export type OwnerField = 'run_id' | 'model_id'

/**
 * Takes a source apart by MLflow's rules and in MLflow's order.
 *
 * @param owner the field that is to name the owner, for messages
 * @throws INVALID_PARAMETER_VALUE for hosts, for `..` in any disguise, and for what is no address
 */
export function parseSource(source: string, owner: OwnerField): SourceUri {
  const uri = splitUri(source)
  refuseHosts(uri)
  if (uri.scheme === 'models') {
    if (uri.host !== '') {
      throw refused(source, 'Registered model sources must use the active model registry.')
    }
    // Here a fragment belongs to the path.
    const model = parseModelUri(uri.path + (uri.more.startsWith('#') ? uri.more : ''))
    if (model === undefined) throw notTheOwner(source, 'model_id')
    if (model.kind === 'version') return model
    checkAbsolute(source)
    return model
  }
  if (uri.scheme === '' || uri.scheme === 'file') return { kind: 'local' }
  checkAbsolute(source)
  if (uri.scheme !== 'runs' && uri.scheme !== 'mlflow-artifacts') return { kind: 'elsewhere' }
  // What follows a `?` or `#` is no part of the path to MLflow and part of it to its stores: here it is refused.
  if (uri.host !== '' || uri.more !== '') throw notTheOwner(source, owner)
  const path = uri.path.split('/').filter(Boolean).join('/')
  if (path === '') throw notTheOwner(source, owner)
  if (uri.scheme === 'mlflow-artifacts') return { kind: 'stored', path }
  const end = path.indexOf('/')
  return end === -1
    ? { kind: 'run', runId: path, path: '' }
    : { kind: 'run', runId: path.slice(0, end), path: path.slice(end + 1) }
}

/** MLflow's `_parse_model_uri`. @param path of the URI; undefined where it means nothing */
function parseModelUri(path: string): Extract<SourceUri, { kind: 'logged-model' | 'version' }> | undefined {
  if (!path.startsWith('/')) return undefined
  const parts = path.replace(/^\/+/, '').split('/')
  const [first = '', suffix] = parts
  if (parts.length > 2 || first.trim() === '') return undefined
  if (suffix !== undefined) {
    return suffix.trim() === '' ? undefined : { kind: 'version', name: first, which: whichOf(suffix) }
  }
  const at = first.lastIndexOf('@')
  if (at === -1) return { kind: 'logged-model', modelId: first }
  const alias = first.slice(at + 1)
  if (alias.trim() === '') return undefined
  return { kind: 'version', name: first.slice(0, at), which: { by: 'alias', alias } }
}

function whichOf(suffix: string): Which {
  if (/^\d+$/.test(suffix)) return { by: 'number', number: suffix }
  return suffix.toLowerCase() === 'latest' ? { by: 'latest' } : { by: 'stage', stage: suffix }
}

export function notTheOwner(source: string, field: OwnerField): Problem {
  return refused(
    source,
    `The ${field} request parameter must identify the resource that contains the source.`,
  )
}

export function isLocal(source: string): Problem {
  return refused(
    source,
    'It is a path of some machine, and this server reads the files that came to it and no others.',
    `Log the files with a run or a logged model, and register them there. ${ALLOWED}`,
  )
}

const ALLOWED =
  'Allowed: runs:/<run_id>/<path>, models:/<model_id>, models:/<name>/<version>, mlflow-artifacts:/<path>, and addresses in object stores such as s3://<bucket>/<path>.'

export function refused(source: string, why: string, hint?: string): Problem {
  return invalid(`Invalid model version source: '${source}'. ${why}`, hint)
}

interface Uri {
  /** In lower case; empty where there is none, as for `C:\x`. */
  readonly scheme: string
  readonly host: string
  readonly path: string
  /** The query and the fragment that follow the path. */
  readonly more: string
}

/** As Python's `urlparse` sees it, for what the rules ask about. */
function splitUri(text: string): Uri {
  const [, scheme = '', rest = text] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(text) ?? []
  const [, host = '', path = '', more = ''] = /^(?:\/\/([^/?#]*))?([^?#]*)(.*)$/s.exec(rest) ?? []
  return { scheme: scheme.toLowerCase(), host, path, more }
}

function refuseHosts({ scheme, host }: Uri): void {
  if (!HOST_SCHEMES.includes(scheme) && (scheme !== 'mlflow-artifacts' || host === '')) return
  throw invalid(
    `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so whoever opens it would connect to the host named in the URI.`,
    'Log the files with a run or a logged model, and register them there.',
  )
}

/** Each round takes at least two characters away, and a source has 2,048. */
function unquote(text: string): string {
  let before = text
  for (;;) {
    const after = before.replace(/%[0-9a-f]{2}/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    )
    if (after === before) return after
    before = after
  }
}

/** No `..`, no `.` and no NUL, however often they are percent-encoded, and a path that begins with a slash. */
function checkAbsolute(source: string): void {
  const plain = unquote(source)
  const { path } = splitUri(plain)
  const isPlain = /^\/+[^/]/.test(path) && !path.split('/').includes('.')
  if (isPlain && !path.includes('\0') && !plain.split('/').includes('..')) return
  throw refused(
    source,
    "It is no address with an absolute path: behind the scheme and the host stands a path without '.' and '..'.",
    ALLOWED,
  )
}

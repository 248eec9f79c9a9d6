import { invalid, Problem } from '@orrery/base/kernel'
import { isLongerThan } from '../limits.ts'
import { parseArtifactPath } from './artifact-path.ts'
import { REGISTRY } from './version-folder.ts'

const SCHEME = 'mlflow-artifacts'

/** MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH as it comes. */
const MAX_LOCATION = 2048

/** Below this, MLflow keeps the artifacts of its workspaces; here each workspace has a root of its own. */
export const WORKSPACES = 'workspaces'

/** First folders that no experiment may have for itself. */
const RESERVED: readonly string[] = [WORKSPACES, REGISTRY]

/** Stores that clients reach with credentials of their own. To the server their addresses are text. */
const OPAQUE_SCHEMES = [
  's3',
  'gs',
  'wasb',
  'wasbs',
  'abfs',
  'abfss',
  'dbfs',
  'hdfs',
  'viewfs',
  'r2',
  'b2',
  'oss',
]

const NEXT_STEP = `Leave it out to keep artifacts in the store behind this server, or give ${SCHEME}:/<path> or an address of ${OPAQUE_SCHEMES.join(', ')}.`

/** Why an address cannot be one, as the end of a sentence about it. */
type Refuse = (why: string) => Problem

/**
 * Refuses an `artifact_location` with INVALID_PARAMETER_VALUE unless it is `mlflow-artifacts:/<path>` or the address
 * of a store that clients open themselves.
 *
 * - No query, fragment, `;` or `..`: run ids are appended to a location, so what follows a `?` or a `#` would
 *   decide where they end (CVE-2023-6909, CVE-2024-1483, CVE-2024-1593).
 * - No local path and no `file:`: it would mean another folder on each machine that reads it, the server included.
 * - No `http:`, `ftp:` and the like, no host in `mlflow-artifacts:` and no password: a client would send its data,
 *   or its credentials, to whoever wrote the location. Unknown schemes are refused, not guessed at.
 */
export function checkArtifactLocation(location: string, field = 'artifact_location'): void {
  const refused: Refuse = (why) =>
    invalid(`'${field}' ${why}. Given: ${JSON.stringify(location.slice(0, 200))}.`, NEXT_STEP)
  if (isLongerThan(location, MAX_LOCATION)) {
    throw invalid(`Invalid artifact path length: '${field}' is longer than ${MAX_LOCATION} characters.`)
  }
  if (/^runs:/i.test(location)) throw refused('cannot be a runs:/ URI')
  if (/[?#;]/.test(location)) throw refused("can't include fragments, queries or params")
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(location) ?? []
  if (scheme === undefined || rest === undefined) throw refused('is not an address with a scheme')
  if (scheme === SCHEME) checkOwn(rest, refused)
  else checkOpaque(scheme.toLowerCase(), rest, refused)
}

function checkOwn(rest: string, refused: Refuse): void {
  const path = pathOf(rest)
  if (path === undefined) throw refused('names a host')
  if (path === '') throw refused('has no path')
  if (!spellingsOf(path).includes(`${SCHEME}:${rest}`)) throw refused('has an empty segment')
  const first = path.split('/')[0]!
  if (RESERVED.includes(first)) throw refused(`is below the reserved "${first}/"`)
  checkPath(path, refused)
  if (parseArtifactPath(path) !== path) throw refused('is percent-encoded')
}

function checkOpaque(scheme: string, rest: string, refused: Refuse): void {
  if (!OPAQUE_SCHEMES.includes(scheme)) throw refused(`has the scheme "${scheme}", which is not allowed`)
  if (/^\/\/[^/]*:[^/]*@/.test(rest)) throw refused('holds a password')
  checkPath(rest.replace(/^\/+/, '').replace(/\/+$/, ''), refused)
}

function checkPath(path: string, refused: Refuse): void {
  try {
    parseArtifactPath(path)
  } catch (error) {
    if (error instanceof Problem) throw refused(`is refused (${error.message})`)
    throw error
  }
}

/** The path behind `mlflow-artifacts:`, without slashes at its ends; undefined where a host stands before it. */
function pathOf(rest: string): string | undefined {
  const withoutHost = /^\/\/(?!\/)/.test(rest) ? undefined : rest.replace(/^\/+/, '')
  return withoutHost?.replace(/\/+$/, '')
}

/**
 * The path that a stored URI has in the store behind this server, without the workspace; undefined for the address of
 * another store, which the server never opens.
 */
export function storePathOf(uri: string): string | undefined {
  return uri.startsWith(`${SCHEME}:`) ? pathOf(uri.slice(SCHEME.length + 1)) : undefined
}

/** The ways to write a path of this store that `checkArtifactLocation` lets through. */
export function spellingsOf(path: string): string[] {
  return [`${SCHEME}:/${path}`, `${SCHEME}:/${path}/`, `${SCHEME}:///${path}`, `${SCHEME}:///${path}/`]
}

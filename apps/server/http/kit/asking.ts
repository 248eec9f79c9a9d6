import type { IncomingMessage } from 'node:http'
import { type Caller, Problem } from '@orrery/base/kernel'

/** What is known of a request before anyone has looked who asks. */
export interface Asking {
  /** The workspace named by path or header; undefined at the root, which is the workspace `default`. */
  readonly workspace: string | undefined
  readonly requestId: string
  /** Address of the peer, or of the client behind a trusted proxy. */
  readonly address: string
  /** The caller's own words for why (`X-Orrery-Reason`). */
  readonly reason: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly method: string
  /** Below the base path and the workspace, with its query. */
  readonly path: string
  /** Whether the client came by HTTPS, as a trusted proxy says it. */
  readonly isSecure: boolean
  /** Whether the page that asks is on the list of allowed other origins. */
  readonly isListedOrigin: boolean
}

/**
 * Tells who asks. Throws UNAUTHENTICATED for a bad credential, and RESOURCE_DOES_NOT_EXIST for a workspace that is
 * unknown or, unless `anyone` who has an account is welcome, one that the account has no role in.
 */
export type FindCaller = (asking: Asking, welcome: 'members' | 'anyone') => Caller | Promise<Caller>

/** Public routes are served without a look at credentials or workspaces: their caller may do nothing. */
export function stranger(asking: Asking): Caller {
  return {
    workspace: { key: 0, name: asking.workspace ?? 'default' },
    principal: { kind: 'anonymous', name: 'anonymous' },
    requestId: asking.requestId,
    address: asking.address,
    may: () => false,
    readable: () => ({ kind: 'only', keys: [] }),
  }
}

const WORKSPACE_HEADER = 'x-mlflow-workspace'

/** @param inPath the name from `/workspaces/<name>/…`, if the request came that way */
export function workspaceOf(
  headers: IncomingMessage['headers'],
  inPath: string | undefined,
): string | undefined {
  const header = headers[WORKSPACE_HEADER]
  if (header === undefined) return inPath
  const name = String(header)
  if (name === '' || name.length > 256 || /[^\x21-\x7e]|,/.test(name)) {
    throw new Problem('BAD_REQUEST', `The header X-MLFLOW-WORKSPACE does not hold one name of a workspace.`)
  }
  if (inPath !== undefined && inPath !== name) {
    throw new Problem(
      'BAD_REQUEST',
      `The path names the workspace '${inPath}' and the header X-MLFLOW-WORKSPACE '${name}'.`,
      { hint: 'Name it once, or the same in both places.' },
    )
  }
  return name
}

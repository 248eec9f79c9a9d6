import { pause } from './pause.ts'
import { type RetryPolicy, retries } from './retry.ts'

export interface OrrerySettings {
  /** Where the server is, e.g. `http://127.0.0.1:5000`; may end in `/workspaces/<name>`, as tracking URIs do. */
  readonly url: string
  /** Text, or a function that is asked before each attempt; left out: no credential is sent. */
  readonly token?: string | (() => Promise<string | undefined>) | undefined
  /** Left out: that of the address, or `default`. */
  readonly workspace?: string | undefined
  /** Left out: the `fetch` of the platform. */
  readonly fetch?: typeof fetch | undefined
  /** Left out: `retries()`. */
  readonly retries?: RetryPolicy | undefined
  /** For tests. */
  readonly pause?: Connection['pause'] | undefined
}

/** How the client reaches its server. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string
  readonly workspace: string | undefined
  /** Asked before each attempt, so that it can be renewed; undefined: none is sent. */
  readonly token: () => Promise<string | undefined>
  readonly fetch: typeof fetch
  readonly retry: RetryPolicy
  /** @returns when the time is over; rejects when the signal aborts */
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  /** What the server says of its version; asked once, undefined where it does not say. */
  readonly serverVersion: () => Promise<string | undefined>
  /** Whether the server says of itself that it is Orrery; asked until it says something. */
  readonly isOrrery: () => Promise<boolean>
}

/** Throws a TypeError where the settings lead nowhere. */
export function connectionOf(settings: OrrerySettings): Connection {
  const { token } = settings
  const { url, workspace } = placeOf(settings)
  // Wrapped: browsers refuse to call `fetch` as a method of anything but the window.
  const ask: typeof fetch = settings.fetch ?? ((address, init) => fetch(address, init))
  let said: Promise<Said> | undefined
  const askOnce = () => {
    said ??= askServer(ask, url).then((told) => {
      // A line that broke is no answer for good.
      if (told.title === undefined && told.version === undefined) said = undefined
      return told
    })
    return said
  }
  return {
    url,
    workspace,
    token: typeof token === 'function' ? token : async () => token,
    fetch: ask,
    retry: settings.retries ?? retries(),
    pause: settings.pause ?? pause,
    serverVersion: async () => (await askOnce()).version,
    isOrrery: async () => (await askOnce()).title === 'Orrery',
  }
}

/** Throws a TypeError where the name would lead elsewhere: URL parsers take `.` and `..` out of a path. */
export function checkWorkspace(name: string): void {
  if (name === '' || name === '.' || name === '..')
    throw new TypeError(`'${name}' is no name of a workspace.`)
}

/** An address may end in `/workspaces/<name>`, as those of MLflow do. */
function placeOf({ url, workspace }: OrrerySettings): { url: string; workspace: string | undefined } {
  if (workspace !== undefined) checkWorkspace(workspace)
  const address = checkUrl(url)
  const [, server, name] = /^(.*)\/workspaces\/([^/]+)$/.exec(address) ?? []
  if (server === undefined || name === undefined) return { url: address, workspace }
  const named = decode(name)
  if (workspace === undefined || workspace === named) return { url: server, workspace: named }
  throw new TypeError(
    `The address names the workspace '${named}', and the settings '${workspace}': name one.`,
  )
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw new TypeError(`The workspace '${name}' of the address is no percent-encoded UTF-8.`)
  }
}

function checkUrl(given: string): string {
  if (!URL.canParse(given))
    throw new TypeError(`'${given}' is no address; give one such as http://127.0.0.1:5000.`)
  const { protocol, username, password, search, hash } = new URL(given)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`'${given}' is no http or https address.`)
  // Not repeated here: a message may be shown to others.
  if (username !== '' || password !== '') {
    throw new TypeError('The address holds a name or password; leave them out and give a token.')
  }
  if (search !== '' || hash !== '') throw new TypeError(`'${given}' has a query or a fragment; leave it out.`)
  return given.trim().replace(/\/+$/, '')
}

const SAYS_TIMEOUT_MS = 5_000

/** Of the page that describes the calls. */
interface Said {
  readonly title?: string
  readonly version?: string
}

async function askServer(ask: typeof fetch, url: string): Promise<Said> {
  try {
    const response = await ask(`${url}/openapi.json`, { signal: AbortSignal.timeout(SAYS_TIMEOUT_MS) })
    const { title, version } = ((await response.json()) as { info: Record<string, unknown> }).info
    return {
      ...(typeof title === 'string' ? { title } : {}),
      ...(typeof version === 'string' ? { version } : {}),
    }
  } catch {
    return {}
  }
}

import { hostname } from 'node:os'
import type { Orrery } from '@orrery/sdk'
import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { connect } from '../make-context.ts'
import { splitAddress } from '../settings.ts'
import type { Credential } from './config-store.ts'
import { placeOf } from './find-credential.ts'
import { revokeQuietly } from './revoke-quietly.ts'

interface Given {
  readonly url: string | undefined
  readonly user: string | undefined
  readonly 'password-stdin': boolean
  readonly 'token-stdin': boolean
}

/** Who signed in, with what is to be kept. */
interface Signed {
  readonly user: string
  readonly workspace: string
  /** Undefined: the server asks nobody who they are. */
  readonly credential: Credential | undefined
  /** The token works in this workspace alone. */
  readonly isNarrow: boolean
}

/** `orrery login`. */
export async function signIn(context: Context, given: Given) {
  if (given.user !== undefined && given['token-stdin']) {
    throw new CliError('USAGE', 'Either --user or --token-stdin: a token tells by itself whose it is.')
  }
  if (given.user === undefined && given['password-stdin']) {
    throw new CliError('USAGE', '--password-stdin needs --user NAME.')
  }
  const { settings, store, say } = context
  const { url, inPath } =
    given.url === undefined ? { url: settings.url, inPath: undefined } : splitAddress(given.url)
  const asked = settings.flagWorkspace ?? inPath
  if (isOpenToReaders(url)) say(`${url} is not encrypted: whoever is on the way reads what is sent.`)
  const signed = await (given.user === undefined
    ? withToken(context, url, asked, given['token-stdin'])
    : withPassword(context, url, asked, given.user, given['password-stdin']))
  const credentials = { ...store.credentials() }
  const address = signed.isNarrow ? placeOf(url, signed.workspace) : url
  const before = credentials[address]
  if (signed.credential === undefined) delete credentials[address]
  else credentials[address] = signed.credential
  store.writeCredentials(credentials)
  keepProfile(context, url, signed.workspace)
  if (before !== undefined && before.token !== signed.credential?.token)
    await revokeQuietly(context, url, before)
  if (signed.credential === undefined) say(`${url} asks nobody who they are; there is nothing to keep.`)
  return { url, workspace: signed.workspace, user: signed.user, profile: settings.profile }
}

function isOpenToReaders(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

function keepProfile({ store, settings }: Context, url: string, workspace: string): void {
  const { profiles } = store.config()
  const before = profiles[settings.profile]
  // Defaults are things of a server: another one does not have them.
  const kept = before?.url === url ? before : {}
  const profile = { ...kept, url, workspace }
  store.writeConfig({ current: settings.profile, profiles: { ...profiles, [settings.profile]: profile } })
}

async function withToken(
  context: Context,
  url: string,
  asked: string | undefined,
  fromStdin: boolean,
): Promise<Signed> {
  const { signal } = context
  if (!fromStdin) {
    const open = await connect({ url, workspace: asked, fetch: context.fetch })
    const nobody = await open.users.current({}, { signal }).catch(unlessSignedOut)
    if (nobody !== undefined) {
      const workspace = asked ?? 'default'
      return { user: nobody.user.username, workspace, credential: undefined, isNarrow: false }
    }
  }
  const token = fromStdin
    ? await context.readSecret()
    : await context.askSecret(`Token for ${url}:`, '--token-stdin, or --user NAME with --password-stdin')
  const client = await connect({ url, workspace: asked, token, fetch: context.fetch })
  const { user } = await client.users
    .current({}, { signal })
    .catch(refused('that token: it is wrong, or has ended or expired'))
  const { tokens } = await client.tokens.list({}, { signal }).catch(() => ({ tokens: [] }))
  const details = tokens.find(({ shown }) => shown !== '' && token.startsWith(shown.replace(/…$/, '')))
  return {
    user: user.username,
    workspace: asked ?? (await workspaceFor(client, context, details?.workspace)),
    credential: {
      token,
      user: user.username,
      ...(details === undefined ? {} : { token_id: details.id, expires: details.expiration_timestamp }),
    },
    isNarrow: details !== undefined && !details.all_workspaces,
  }
}

async function withPassword(
  context: Context,
  url: string,
  asked: string | undefined,
  name: string,
  fromStdin: boolean,
): Promise<Signed> {
  const { signal, fetch: outer = fetch } = context
  const password = fromStdin
    ? await context.readSecret()
    : await context.askSecret(`Password for '${name}':`, '--password-stdin')
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
  const client = await connect({
    url,
    workspace: asked,
    fetch: (address, init) => {
      const headers = new Headers(init?.headers)
      headers.set('authorization', authorization)
      return outer(address, { ...init, headers })
    },
  })
  const { user } = await client.users.current({}, { signal }).catch(refused(`'${name}' with that password`))
  const workspace = asked ?? (await workspaceFor(client, context, undefined))
  const made = await client.tokens.create(
    { name: `cli on ${hostname()}`, all_workspaces: true },
    { signal, workspace },
  )
  for (const strict of made.too_long_for ?? []) {
    context.say(
      `'${strict}' does not take tokens that live so long: make one with \`orrery token create --days\`.`,
    )
  }
  const { id, expiration_timestamp: expires } = made.details
  return {
    user: user.username,
    workspace,
    credential: { token: made.token, token_id: id, user: user.username, expires },
    isNarrow: false,
  }
}

/** `default`, or if that is none of theirs the first. */
async function workspaceFor(
  client: Orrery,
  { signal }: Context,
  ofToken: string | undefined,
): Promise<string> {
  const { workspaces } = await client.workspaces.list({}, { signal, workspace: ofToken })
  const names = workspaces.map(({ name }) => name)
  const found = [ofToken, 'default'].find((name) => name !== undefined && names.includes(name)) ?? names[0]
  if (found !== undefined) return found
  throw new CliError(
    'DENIED',
    'The account has a part in no workspace.',
    'An owner of one gives it a role there.',
  )
}

function unlessSignedOut(error: { code?: string }): undefined {
  if (error.code !== 'UNAUTHENTICATED') throw error
}

/** What the server says of a missing credential is of no use to who has just given one. */
function refused(what: string): (error: { code?: string }) => never {
  return (error) => {
    if (error.code !== 'UNAUTHENTICATED') throw error
    throw new CliError('SIGNED_OUT', `The server does not take ${what}.`, 'Nothing was kept.', error)
  }
}

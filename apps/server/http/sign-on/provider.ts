import { type Clock, Problem, systemClock } from '@orrery/base/kernel'
import type { Claims } from '@orrery/domain/access'
import type { Configuration, CustomFetch, ServerMetadata } from 'openid-client'
import type { Logger } from 'pino'
import { claimsOf } from './claims-of.ts'

type Client = typeof import('openid-client')

/** What an administrator says of a provider of OpenID Connect. */
export interface ProviderSettings {
  /** As the provider names itself; `/.well-known/openid-configuration` is below it. */
  readonly issuer: string
  readonly clientId: string
  /** Left out for a public client, which has PKCE alone. */
  readonly clientSecret: string | undefined
  /** Separated by spaces. */
  readonly scopes: string
  /** The claim that holds the groups of whoever signs on. */
  readonly groupsClaim: string
}

/** Where a sign-on begins, and what its end will be held to. */
export interface Beginning {
  /** The provider's page. */
  readonly url: URL
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/** The talk with a provider of OpenID Connect, in the authorization code flow with PKCE. */
export interface Provider {
  /** Its host, for people. */
  readonly name: string

  /** @throws TEMPORARILY_UNAVAILABLE where the provider does not answer as one */
  begin(redirectUri: string): Promise<Beginning>

  /**
   * Trades the code for what the provider says of whoever signed on.
   *
   * @param answer the address that the provider sent the browser to, as the browser knows it
   * @throws UNAUTHENTICATED where the answer, its signature, issuer, audience, nonce or times are not right
   * @throws TEMPORARILY_UNAVAILABLE where the provider does not answer
   */
  finish(answer: URL, begun: Pick<Beginning, 'state' | 'nonce' | 'codeVerifier'>): Promise<Claims>
}

const TIMEOUT_SECONDS = 10
/** So far the clocks of provider and server may be apart. */
const TOLERANCE_SECONDS = 60

/** What a provider says of itself, its keys included, is asked for anew after so long. */
const DISCOVERED_FOR_MS = 3_600_000

/** @param fetch how it is called; left out: as Node does */
export function makeProvider(
  settings: ProviderSettings,
  log: Logger,
  clock: Clock = systemClock,
  fetch?: typeof globalThis.fetch,
): Provider {
  const { issuer, scopes, groupsClaim } = settings
  const name = new URL(issuer).host
  let discovered: Promise<Discovered> | undefined
  let discoveredAt = 0

  /** At the first sign-on, again after one that failed, and every hour: providers move their addresses and change keys. */
  function discover(): Promise<Discovered> {
    if (discovered !== undefined && clock() - discoveredAt < DISCOVERED_FOR_MS) return discovered
    const fresh: Promise<Discovered> = discoverOnce(settings, fetch).catch((error: unknown) => {
      if (discovered === fresh) discovered = undefined
      throw error
    })
    discovered = fresh
    discoveredAt = clock()
    return fresh
  }

  return {
    name,

    async begin(redirectUri) {
      try {
        const { client, config } = await discover()
        const [state, nonce] = [client.randomState(), client.randomNonce()]
        const codeVerifier = client.randomPKCECodeVerifier()
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: scopes,
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        })
        return { url, state, nonce, codeVerifier }
      } catch (error) {
        log.error({ provider: name, ...reasonOf(error) }, 'the provider of single sign-on cannot be used')
        throw unavailable(name)
      }
    },

    async finish(answer, { state, nonce, codeVerifier }) {
      try {
        const { client, config } = await discover()
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier }
        const tokens = await client.authorizationCodeGrant(config, answer, {
          ...checks,
          idTokenExpected: true,
        })
        const told = tokens.claims()
        if (told === undefined) throw new Error('the provider sent no ID token')
        if (told.sub === '') throw new Error('the ID token names nobody')
        const hasMore = config.serverMetadata().userinfo_endpoint !== undefined
        const more = hasMore ? await client.fetchUserInfo(config, tokens.access_token, told.sub) : {}
        return claimsOf({ ...more, ...told }, groupsClaim, log)
      } catch (error) {
        log.warn({ provider: name, ...reasonOf(error) }, 'a sign-on was refused')
        // A key that is not known may be a new one: whoever begins again is checked by the keys of then.
        if (isOfUnknownKey(error)) discovered = undefined
        if (isSilence(error)) throw unavailable(name)
        throw new Problem('UNAUTHENTICATED', `The answer of ${name} could not be accepted.`, {
          hint: 'Begin again; the log of this server has the reason.',
          cause: error,
        })
      }
    },
  }
}

interface Discovered {
  readonly client: Client
  readonly config: Configuration
}

async function discoverOnce(
  settings: ProviderSettings,
  fetch: typeof globalThis.fetch | undefined,
): Promise<Discovered> {
  // Loaded when somebody signs on: the start should not pay for it.
  const client = await import('openid-client')
  const { issuer, clientId, clientSecret } = settings
  // Settings allow plain HTTP on this machine only.
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []
  const means = fetch === undefined ? {} : { [client.customFetch]: fetch as CustomFetch }
  const options = { timeout: TIMEOUT_SECONDS, execute, ...means }
  const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options)
  const metadata = found.serverMetadata()
  const algorithms = (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter(isSignature)
  if (algorithms.length === 0)
    throw new Error('the provider signs ID tokens with nothing that can be checked')
  const server = { ...metadata, id_token_signing_alg_values_supported: algorithms }
  const config = new client.Configuration(
    // Without the helpers on it, which cannot be copied.
    JSON.parse(JSON.stringify(server)) as ServerMetadata,
    clientId,
    { [client.clockTolerance]: TOLERANCE_SECONDS },
    authenticationOf(client, metadata, clientSecret),
  )
  config.timeout = TIMEOUT_SECONDS
  Object.assign(config, means)
  // The token comes straight from the provider, over TLS; its signature is checked all the same.
  client.enableNonRepudiationChecks(config)
  for (const extend of execute) extend(config)
  return { client, config }
}

/** By a key of the provider that everybody knows: `none` is no signature, and HS256 one by the client's own secret. */
const isSignature = (algorithm: string) => algorithm !== 'none' && !algorithm.startsWith('HS')

/** How the server says who it is; `client_secret_basic` is what holds where a provider says nothing. */
function authenticationOf(
  client: Client,
  { token_endpoint_auth_methods_supported: methods }: { token_endpoint_auth_methods_supported?: string[] },
  secret: string | undefined,
) {
  if (secret === undefined) return client.None()
  const isBasic = methods === undefined || methods.includes('client_secret_basic')
  return isBasic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
}

function unavailable(name: string): Problem {
  return new Problem('TEMPORARILY_UNAVAILABLE', `${name} does not answer.`, {
    hint: 'Try again, or sign in with a name and password.',
  })
}

/** Whether the provider could not be reached, or has a fault of its own. */
function isSilence(error: unknown): boolean {
  const { code, cause, status } = error as { code?: string; cause?: unknown; status?: number }
  if (code === 'OAUTH_TIMEOUT') return true
  if (cause instanceof TypeError && cause.message === 'fetch failed') return true
  return (status ?? (cause instanceof Response ? cause.status : 0)) >= 500
}

/** The code of a sign-on works once, so that this one is lost; what remembers the keys forgets them. */
function isOfUnknownKey(error: unknown): boolean {
  const { code, message, cause } = error as Error & { code?: string }
  if (code === 'OAUTH_KEY_SELECTION_FAILED') return true
  const because = cause instanceof Error ? (cause as Error & { code?: string }) : undefined
  return (
    because?.code === 'OAUTH_KEY_SELECTION_FAILED' ||
    /applicable keys|selecting a JWT verification key/.test(`${message} ${because?.message}`)
  )
}

/** For the log: nothing that came from the browser or stands in a token. */
function reasonOf(error: unknown): Readonly<Record<string, unknown>> {
  const { message, code, error: said, cause } = error as Error & { code?: string; error?: string }
  const because = cause instanceof Error ? cause.message : undefined
  return { reason: message, code, said, because }
}

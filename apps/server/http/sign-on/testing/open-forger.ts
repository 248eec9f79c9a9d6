import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT } from './open-provider.ts'

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const KNOWN = rsa()
const UNKNOWN = rsa()

export interface Forged {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly by?: 'a key that it publishes' | 'another key' | 'the secret of the client' | 'nothing'
  /** Parameters that it sends the browser back with; undefined leaves one out. */
  readonly answer?: Readonly<Record<string, string | undefined>>
  /** Sends no ID token. */
  readonly without?: true
}

/** A provider that signs everybody on as `7` at once, and tells of them whatever a test wants. */
export async function openForger() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const wanted: { forged: Forged; status: number; algorithms: string[]; publishesBoth: boolean } = {
    forged: {},
    status: 200,
    algorithms: ['RS256', 'HS256', 'none'],
    publishesBoth: false,
  }
  const published = ({ publicKey }: typeof KNOWN, kid: string) => ({
    ...publicKey.export({ format: 'jwk' }),
    ...{ kid, use: 'sig', alg: 'RS256' },
  })
  let discoveries = 0
  let nonce = ''
  server.on('request', (request, response) => {
    const { pathname, searchParams: asked } = new URL(request.url!, issuer)
    if (wanted.status !== 200) return answer(response, wanted.status, {})
    if (pathname === '/.well-known/openid-configuration') {
      discoveries++
      return answer(response, 200, metadata(issuer, wanted.algorithms))
    }
    if (pathname === '/jwks') {
      const others = wanted.publishesBoth ? [published(UNKNOWN, 'unknown')] : []
      return answer(response, 200, { keys: [published(KNOWN, 'known'), ...others] })
    }
    if (pathname === '/token') {
      const id_token = wanted.forged.without ? {} : { id_token: idToken(issuer, nonce, wanted.forged) }
      return answer(response, 200, { access_token: 'a', token_type: 'bearer', ...id_token })
    }
    nonce = asked.get('nonce')!
    const back = new URL(asked.get('redirect_uri')!)
    const parameters = { code: 'c', state: asked.get('state')!, iss: issuer, ...wanted.forged.answer }
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) back.searchParams.set(name, value)
    }
    response.writeHead(303, { location: back.href }).end()
  })
  return {
    issuer,
    wanted,
    /** How often it was asked what it is. */
    discoveries: () => discoveries,
    settings: { issuer, ...CLIENT, scopes: 'openid', groupsClaim: 'groups' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const metadata = (issuer: string, algorithms: readonly string[]) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  id_token_signing_alg_values_supported: algorithms,
  authorization_response_iss_parameter_supported: true,
})

/** Seconds since the epoch, so long from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

function idToken(issuer: string, nonce: string, { header, claims, by }: Forged): string {
  const told = { iss: issuer, sub: '7', aud: CLIENT.clientId, nonce, iat: inSeconds(0), exp: inSeconds(300) }
  const parts = [
    { alg: 'RS256', kid: 'known', ...header },
    { ...told, ...claims },
  ]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signature(text, by).toString('base64url')}`
}

function signature(text: string, by: Forged['by']): Buffer {
  const rs256 = (key: KeyObject) => sign('sha256', Buffer.from(text), key)
  if (by === 'nothing') return Buffer.alloc(0)
  if (by === 'another key') return rs256(UNKNOWN.privateKey)
  if (by === 'the secret of the client') {
    return createHmac('sha256', CLIENT.clientSecret).update(text).digest()
  }
  return rs256(KNOWN.privateKey)
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

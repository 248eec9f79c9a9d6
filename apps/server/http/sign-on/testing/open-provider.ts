import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const CLIENT = { clientId: 'orrery', clientSecret: 'the secret of the client of the tests' }

/** A provider of OpenID Connect, certified and not ours, on this machine; whoever gives a login is that person. */
export async function openProvider() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  /** What it says of whom, by login. */
  const people = new Map<string, Record<string, unknown>>()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        // Any port will do (RFC 8252, 7.3).
        redirect_uris: ['http://127.0.0.1/sign-on/callback'],
        application_type: 'native',
      },
    ],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'groups'],
    },
    cookies: { keys: ['of the tests'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people.get(id) }),
    }),
  })
  const serve = provider.callback()
  const asked: string[] = []
  server.on('request', (request, response) => {
    asked.push(`${request.method} ${request.url!.split('?')[0]}`)
    serve(request, response)
  })
  return {
    issuer,
    people,
    /** Requests that came, without their query. */
    asked,
    settings: { issuer, ...CLIENT, scopes: 'openid profile email', groupsClaim: 'groups' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

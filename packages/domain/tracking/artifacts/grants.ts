import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Caller, type Clock, missing, must, Problem, SOMEWHERE } from '@orrery/base/kernel'
import type { ArtifactDeps } from './artifact-deps.ts'

/**
 * What a signed address allows: one thing with one path, for a while, in the name of whoever asked for it.
 * `upload` is what the client calls an upload id.
 */
export type Claims = { readonly path: string } & (
  | { readonly may: 'get' }
  | { readonly may: 'put' }
  | { readonly may: 'put-part'; readonly upload: string; readonly part: number }
  | { readonly may: 'finish-upload'; readonly upload: string; readonly parts: number }
)

type Signed<C extends Claims> = C & {
  readonly workspace: { readonly key: number; readonly name: string }
  readonly principal: Caller['principal']
  readonly credential?: Caller['credential']
  readonly expiresAtMs: number
}

/** Signs and checks. A grant is `<claims>.<HMAC-SHA-256 of them>`, both base64url. */
export interface Grants {
  sign(caller: Caller, claims: Claims, lifeMs: number): string
  /** Throws PERMISSION_DENIED for whatever this server did not sign, for another deed, and after its time. */
  read<May extends Claims['may']>(grant: string, may: May): Signed<Extract<Claims, { may: May }>>
}

/** @param key 32 random bytes; whoever knows them can sign */
export function makeGrants({ key, clock }: { key: Uint8Array; clock: Clock }): Grants {
  const seal = (claims: string) => createHmac('sha256', key).update(claims).digest()
  return {
    sign(caller, claims, lifeMs) {
      const signed = {
        ...claims,
        workspace: { key: caller.workspace.key, name: caller.workspace.name },
        principal: caller.principal,
        credential: caller.credential,
        expiresAtMs: clock() + lifeMs,
      }
      const text = Buffer.from(JSON.stringify(signed)).toString('base64url')
      return `${text}.${seal(text).toString('base64url')}`
    },
    read(grant, may) {
      const [text = '', given = ''] = grant.split('.', 2)
      const wanted = seal(text)
      const got = Buffer.from(given, 'base64url')
      if (got.length !== wanted.length || !timingSafeEqual(got, wanted))
        throw denied('was not signed by this server')
      const claims = JSON.parse(Buffer.from(text, 'base64url').toString())
      if (claims.may !== may) throw denied(`allows '${claims.may}', not '${may}'`)
      if (claims.expiresAtMs < clock()) throw denied('has expired')
      return claims
    },
  }
}

function denied(why: string): Problem {
  return new Problem('PERMISSION_DENIED', `The signed address or upload id ${why}.`, {
    hint: 'Ask the server for a new one.',
  })
}

/**
 * The caller as whom a signed address acts: whoever asked for it, with what they may do now. The owner of the path must
 * still be there, and its workspace: one that is archived is not written to.
 *
 * @throws PERMISSION_DENIED where the account or the token that asked has ended or lost what it needs
 */
export async function grantee(
  { findWorkspace, findSigner }: Pick<ArtifactDeps, 'findWorkspace' | 'findSigner'>,
  asking: Caller,
  signed: Signed<Claims>,
): Promise<Caller> {
  const workspace = await findWorkspace(signed.workspace.name)
  if (workspace.key !== signed.workspace.key) throw missing(`No such artifact: '${signed.path}'.`)
  if (findSigner !== undefined) {
    const signer = await findSigner(asking, signed, workspace)
    if (signer === undefined) throw denied('is of an account or a token that has ended or lost its rights')
    // What the route asked for when it signed; on the thing itself the verbs decide.
    must(signer, signed.may === 'get' ? 'artifact.read' : 'artifact.write', SOMEWHERE)
    return signer
  }
  return {
    ...asking,
    workspace,
    principal: signed.principal,
    may: () => true,
    readable: () => ({ kind: 'all' }),
  }
}

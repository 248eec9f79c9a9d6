import type { Context } from '../context.ts'
import { connect } from '../make-context.ts'
import type { Credential } from './config-store.ts'

/** Ends a token at its server. @returns what is to be said where that cannot be known to have happened */
export async function revokeQuietly(
  { fetch, signal }: Pick<Context, 'fetch' | 'signal'>,
  url: string,
  { token, token_id: id }: Credential,
): Promise<string | undefined> {
  if (id === undefined) return 'Its id is not known, so the token was not ended at the server'
  const client = await connect({ url, token, fetch })
  try {
    await client.tokens.revoke({ id }, { signal })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    const { code, message } = error as { code?: string; message: string }
    // Ended or expired before.
    if (code === 'UNAUTHENTICATED' || code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    return `The token was not ended at the server: ${message.replace(/\.$/, '')}`
  }
}

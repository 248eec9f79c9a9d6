import type { Context } from '../context.ts'
import { connect } from '../make-context.ts'
import type { Credential } from './config-store.ts'

/**
 * Ends a token at its server, and those that it was renewed from, which live on by themselves.
 *
 * @returns what is to be said where that cannot be known to have happened
 */
export async function revokeQuietly(
  { fetch, signal }: Pick<Context, 'fetch' | 'signal'>,
  url: string,
  { token, token_id: own, predecessors = [] }: Credential,
): Promise<string | undefined> {
  if (own === undefined) return 'Its id is not known, so the token was not ended at the server'
  const client = await connect({ url, token, fetch })
  let trouble: string | undefined
  // Its own last: it is what the others are ended with.
  for (const id of [...predecessors, own]) {
    try {
      await client.tokens.revoke({ id }, { signal })
    } catch (error) {
      signal.throwIfAborted()
      const { code, message } = error as { code?: string; message: string }
      // Ended or expired before, and whatever it was renewed from is older.
      if (code === 'UNAUTHENTICATED') return trouble
      const which = id === own ? 'The token' : 'A token that it was renewed from'
      if (code !== 'RESOURCE_DOES_NOT_EXIST')
        trouble = `${which} was not ended at the server: ${message.replace(/\.$/, '')}`
    }
  }
  return trouble
}

import type { CodecName } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import { sendSeeOther } from './answer.ts'
import type { Exchange } from './serve.ts'

/**
 * Sends whoever opens a page or file in a browser, and is not known, to where they sign in and then come back.
 *
 * @param signInPage a path; undefined where nobody can sign in
 * @returns whether that was the answer
 */
export function sendToSignIn(
  error: unknown,
  codec: CodecName,
  { request, response, envelope, reachedAs }: Exchange,
  signInPage: string | undefined,
): boolean {
  if (signInPage === undefined || codec !== 'raw' || request.method !== 'GET') return false
  if (!(error instanceof Problem && error.code === 'UNAUTHENTICATED') || response.headersSent) return false
  const { accept, authorization } = request.headers
  // Whoever sends a credential must hear that it is a bad one.
  if (authorization !== undefined || accept?.includes('text/html') !== true) return false
  sendSeeOther(response, envelope, `${signInPage}?next=${encodeURIComponent(reachedAs.originalUrl)}`)
  return true
}

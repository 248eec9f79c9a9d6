import type { EgressAnswer, EgressRequest } from '../egress.ts'

const METHODS: readonly string[] = ['GET', 'POST', 'OPTIONS']
/** Of these a `Response` takes no body, not even an empty one. */
const WITHOUT_BODY = [101, 204, 205, 304]

/** `fetch` over `send`: the same rules and limits. It fails as fetch does, with the reason as its cause. */
export function makeFetch(
  send: (request: EgressRequest) => Promise<EgressAnswer>,
  check: (url: string) => URL,
): typeof fetch {
  return async function egressFetch(input, init) {
    const request = new Request(input, init)
    try {
      if (!METHODS.includes(request.method)) throw new Error(`the method ${request.method} is not used here`)
      const body = new Uint8Array(await request.arrayBuffer())
      const answer = await send({
        url: check(request.url),
        method: request.method as EgressRequest['method'],
        headers: Object.fromEntries(request.headers),
        ...(request.body === null ? {} : { body }),
        signal: request.signal,
      })
      if (answer.isCut) throw new Error('the answer is too long')
      return new Response(WITHOUT_BODY.includes(answer.status) ? null : Buffer.from(answer.body), {
        status: answer.status,
        headers: answer.headers,
      })
    } catch (error) {
      throw new TypeError('fetch failed', { cause: error })
    }
  }
}

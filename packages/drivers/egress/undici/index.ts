import type { Agent } from 'undici'
import { makeAllowList } from '../allow-list.ts'
import { checkUrl, hostOf, portOf } from '../check-url.ts'
import type { Allowed, Egress, EgressAnswer, EgressRequest } from '../egress.ts'
import { EgressError } from '../egress.ts'
import { LIMITS } from '../limits.ts'
import { ask } from './ask.ts'
import { type ConnectMeans, openSocket } from './connect.ts'
import { makeFetch } from './fetch.ts'
import { makeResolve } from './resolve.ts'
import { Slots } from './slots.ts'
import { toEgressError } from './to-egress-error.ts'

/** For tests; a server needs none of it. */
export interface EgressMeans {
  readonly resolve?: ConnectMeans['resolve']
  readonly ca?: string
}

const MOST_REMEMBERED = 2_000

/** Calls by undici, loaded at the first one. */
export function openEgress({ allow }: Allowed, { resolve = makeResolve(), ca }: EgressMeans = {}): Egress {
  const list = makeAllowList(allow)
  const slots = new Slots(LIMITS.sockets)
  const ending = new AbortController()
  let agent: Promise<Agent> | undefined

  async function open(): Promise<Agent> {
    const undici = await import('undici')
    return new undici.Agent({
      connections: LIMITS.sockets,
      pipelining: 1,
      maxHeaderSize: LIMITS.headerBytes,
      // The whole call has a timer of its own; undici's are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: LIMITS.idleMs,
      keepAliveMaxTimeout: LIMITS.idleMs,
      connect({ hostname, port, protocol }, done) {
        const url = new URL(`${protocol}//${hostname}${port === '' ? '' : `:${port}`}`)
        const target = { host: hostOf(url), port: portOf(url), isTls: protocol === 'https:' }
        openSocket(target, { allow: list, resolve, ca }).then(
          (socket) => done(null, socket),
          (error: unknown) => done(toEgressError(error, target.host), null),
        )
      },
    })
  }

  /** The same few are called thousands of times. */
  const good = new Set<string>()
  function checkOnce(href: string): void {
    if (good.has(href)) return
    checkUrl(href, 'url', list)
    if (good.size >= MOST_REMEMBERED) good.clear()
    good.add(href)
  }

  async function send(request: EgressRequest): Promise<EgressAnswer> {
    const { url, totalMs = LIMITS.totalMs } = request
    const host = hostOf(url)
    const began = performance.now()
    const ends = new AbortController()
    const end = () => ends.abort(new EgressError('aborted', `The call of ${host} was broken off.`))
    const ms = Math.min(totalMs, LIMITS.totalMs)
    const timer = setTimeout(() => {
      ends.abort(new EgressError('timeout', `${host} did not answer within ${ms / 1000} s.`))
    }, ms)
    ending.signal.addEventListener('abort', end)
    request.signal?.addEventListener('abort', end)
    let isIn = false
    try {
      if (ending.signal.aborted || request.signal?.aborted) end()
      checkOnce(url.href)
      checkSize(request)
      await slots.enter(ends.signal)
      isIn = true
      agent ??= open()
      const answer = await ask(await agent, request, ends.signal)
      return { ...answer, durationMs: performance.now() - began }
    } catch (error) {
      throw toEgressError(ends.signal.aborted ? ends.signal.reason : error, host)
    } finally {
      clearTimeout(timer)
      ending.signal.removeEventListener('abort', end)
      request.signal?.removeEventListener('abort', end)
      if (isIn) slots.leave()
    }
  }

  return {
    checkUrl: (text, field) => checkUrl(text, field, list),
    send,
    fetch: makeFetch(send, (text) => checkUrl(text, 'url', list)),
    async close() {
      ending.abort()
      await (await agent)?.destroy()
    },
  }
}

function checkSize({ body, url }: EgressRequest): void {
  if (body === undefined || body.length <= LIMITS.requestBytes) return
  throw new EgressError(
    'aborted',
    `What should go to ${hostOf(url)} has ${body.length} bytes; at most ${LIMITS.requestBytes} are sent.`,
  )
}

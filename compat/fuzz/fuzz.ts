import assert from 'node:assert/strict'
import fc from 'fast-check'
import { allDeclarations, isNotYet } from './declarations.ts'
import { judge, toCurl } from './judge.ts'
import type { Pool } from './messages.ts'
import { mutatedRequest } from './mutations.ts'
import type { WireRequest } from './request.ts'
import { type Silence, Wire, type WireAnswer } from './wire.ts'

export interface FuzzOptions {
  readonly url: string
  readonly pool: Pool
  readonly requests: number
  readonly seed: number
  /** Texts that no answer may show. */
  readonly secrets: readonly string[]
}

const CONNECTIONS = 4
const SLOW_MS = 10_000
const GIVE_UP_MS = 60_000

/**
 * Sends mutated requests over kept connections. Rejects with the smallest request that meets a fault, as a line for
 * a shell.
 * @returns how often each status was answered
 */
export async function fuzz(options: FuzzOptions): Promise<ReadonlyMap<number, number>> {
  const { url, pool, requests, seed } = options
  const declarations = allDeclarations()
  // Routes that come later are tried too, but most requests go where something happens.
  const arbitrary = fc.oneof(
    {
      weight: 9,
      arbitrary: mutatedRequest(
        declarations.filter((it) => !isNotYet(it)),
        pool,
      ),
    },
    { weight: 1, arbitrary: mutatedRequest(declarations.filter(isNotYet), pool) },
  )
  const statuses = new Map<number, number>()
  const lines = Array.from({ length: CONNECTIONS }, async (_, i) => {
    const wire = new Wire(url, GIVE_UP_MS)
    const property = fc.asyncProperty(arbitrary, (request) => tryRequest(wire, request, options, statuses))
    const details = await fc.check(property, { numRuns: Math.ceil(requests / CONNECTIONS), seed: seed + i })
    wire.close()
    assert.ok(!details.failed, failureOf(details, options))
  })
  await Promise.all(lines)
  return statuses
}

async function tryRequest(
  wire: Wire,
  request: WireRequest,
  { url, secrets }: FuzzOptions,
  statuses: Map<number, number>,
): Promise<void> {
  let answer = await wire.send(request)
  let fault = judge(request, answer, SLOW_MS, secrets)
  // On a busy machine one slow answer says little; the same one slow twice does.
  if (fault !== undefined && isSlow(answer)) {
    answer = await wire.send(request)
    fault = judge(request, answer, SLOW_MS, secrets)
  }
  if ('status' in answer) statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  assert.equal(fault, undefined, `${fault}\n${toCurl(url, request)}`)
}

const isSlow = (answer: WireAnswer | Silence) =>
  'silence' in answer ? answer.silence === 'no answer in time' : answer.tookMs > SLOW_MS

function failureOf(
  { counterexample, errorInstance }: fc.RunDetails<[WireRequest]>,
  options: FuzzOptions,
): string {
  const request = counterexample?.[0]
  const line = request === undefined ? '' : toCurl(options.url, request)
  const { message } = (errorInstance ?? {}) as { message?: string }
  return `ORRERY_FUZZ_SEED=${options.seed}\n${String(message).split('\n')[0]}\n${line}`
}

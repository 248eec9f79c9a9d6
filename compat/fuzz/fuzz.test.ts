import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AnyDeclaration } from '@orrery/base/contract'
import * as contract from '@orrery/base/contract'
import fc from 'fast-check'
import { startServer } from '../faults/server.ts'
import { temporaryFolder } from '../faults/temporary.ts'
import { judge, toCurl } from './judge.ts'
import { mutatedRequest } from './mutations.ts'
import { makePool } from './pool.ts'
import type { WireRequest } from './request.ts'
import { type Silence, Wire, type WireAnswer } from './wire.ts'

/** How many requests are sent in all. */
const REQUESTS = Number(process.env.ORRERY_FUZZ_REQUESTS ?? 20_000)
/** The same seed sends the same requests, but for the ids of what was made before. */
const SEED = Number(process.env.ORRERY_FUZZ_SEED ?? 20_261_121)
const CONNECTIONS = 4
const SLOW_MS = 2_000
const GIVE_UP_MS = 10_000
/** A fuzz run that lost its declarations would pass for ever. */
const LEAST_DECLARATIONS = 150

/** Every declaration that the contract exports, of routes that come later too. */
function allDeclarations(): AnyDeclaration[] {
  const tables = Object.entries(contract).filter(([name]) => name.endsWith('Routes'))
  return tables.flatMap(([, table]) =>
    Object.values(table as Readonly<Record<string, AnyDeclaration | { declaration: AnyDeclaration }>>).map(
      (row) => ('declaration' in row ? row.declaration : row),
    ),
  )
}

/** Routes that answer 501 whatever is sent are tried too, but most requests go where something happens. */
function halves(declarations: readonly AnyDeclaration[]) {
  const notYet = new Set(contract.notYetRoutes.map(({ declaration }) => declaration))
  return {
    served: declarations.filter((declaration) => !notYet.has(declaration as never)),
    later: declarations.filter((declaration) => notYet.has(declaration as never)),
  }
}

test(`${REQUESTS} mutated requests meet no 5xx, no hang, no broken answer`, async (t) => {
  const declarations = allDeclarations()
  assert.ok(declarations.length >= LEAST_DECLARATIONS, `only ${declarations.length} declarations were found`)
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const preload = join(import.meta.dirname, 'watch.ts')
  const server = await startServer({ home, preload, settings: ['--log-level', 'error'] })
  const pool = await makePool(server.url)
  const { served, later } = halves(declarations)
  const requests = fc.oneof(
    { weight: 9, arbitrary: mutatedRequest(served, pool) },
    { weight: 1, arbitrary: mutatedRequest(later, pool) },
  )
  const statuses = new Map<number, number>()
  const secrets = [home, import.meta.dirname.replace(/compat.*/, '')]

  async function tryRequest(wire: Wire, request: WireRequest): Promise<void> {
    let answer = await wire.send(request)
    let fault = judge(request, answer, SLOW_MS, secrets)
    // On a busy machine one slow answer says little; the same one slow twice does.
    if (fault !== undefined && isSlow(answer)) {
      answer = await wire.send(request)
      fault = judge(request, answer, SLOW_MS, secrets)
    }
    if ('status' in answer) statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    assert.equal(fault, undefined, `${fault}\n${toCurl(server.url, request)}`)
  }

  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, i) => {
      const wire = new Wire(server.url, GIVE_UP_MS)
      const property = fc.asyncProperty(requests, (request) => tryRequest(wire, request))
      const numRuns = Math.ceil(REQUESTS / CONNECTIONS)
      const details = await fc.check(property, { numRuns, seed: SEED + i })
      wire.close()
      assert.ok(!details.failed, failureOf(details, server.url))
    }),
  )

  t.diagnostic(
    `seed ${SEED}; answers: ${[...statuses]
      .sort()
      .map((pair) => pair.join(' × '))
      .join(', ')}`,
  )
  assert.equal((await fetch(`${server.url}/health`)).status, 200)
  server.process.send?.('look')
  const [{ grown, rssMiB }] = (await once(server.process, 'message')) as [{ grown: string[]; rssMiB: number }]
  t.diagnostic(`memory of the server afterwards: ${rssMiB} MiB`)
  assert.deepEqual(grown, [], 'prototypes that everything shares have grown')
  assert.ok((statuses.get(200) ?? 0) > REQUESTS / 50, 'hardly a request was valid')
  assert.equal(await server.stop(), 0)
})

const isSlow = (answer: WireAnswer | Silence) =>
  'silence' in answer ? answer.silence === 'no answer in time' : answer.tookMs > SLOW_MS

/** The smallest request that still fails, and how to see it again. */
function failureOf({ counterexample, errorInstance }: fc.RunDetails<[WireRequest]>, url: string): string {
  const request = counterexample?.[0]
  const line = request === undefined ? '' : toCurl(url, request)
  const { message } = (errorInstance ?? {}) as { message?: string }
  return `ORRERY_FUZZ_SEED=${SEED}\n${String(message).split('\n')[0]}\n${line}`
}

import { createRuns, post } from '../api.ts'
import type { Figure } from '../figures.ts'
import { logMetricRequests } from '../load/log-requests.ts'
import type { LoadResult } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { readWithDd } from '../machine.ts'
import type { Bench, Rounds } from '../part.ts'
import type { Contender } from '../servers/server.ts'
import { makeLoggedModel, upload } from './registry-models.ts'

const MIB = 2 ** 20
const FULL_MIB = 1024
const PER_SECOND = 100
const CONNECTIONS = 8
const SECONDS = 10

/** For the results page. */
export const HOW_CHECKED = [
  `Manifest: a version of one file of 1 GiB is compared with its manifest, every byte read; \`dd\` reads as much from the same disk past the page cache. \`log-metric\` at a constant ${PER_SECOND}/s beside nothing, and beside one such check after the other. \`mlflow server\` has no manifests.`,
]

/** How fast the bytes of a version are compared with its manifest, and what that does to others. */
export async function measureCheck(
  bench: Bench,
  rounds: Rounds,
  contender: Contender,
  ddFolder: string,
): Promise<void> {
  const mib = bench.size(FULL_MIB)
  rounds.add('dd', await readWithDd(ddFolder, mib))
  const server = await contender.start()
  const { url } = server
  try {
    const bytes = mib * MIB
    const model = await makeLoggedModel(url, 0)
    await upload(url, `${model.path}/MLmodel`, 'flavors: {}\n')
    await runLoad({ kind: 'upload', url, path: `${model.path}/large.bin`, bytes })
    await post(url, 'registered-models/create', { name: 'large' })
    const began = performance.now()
    await post(url, 'model-versions/create', { name: 'large', source: model.uri, model_id: model.modelId })
    rounds.add('large register', performance.now() - began)
    const seconds = await check(url)
    rounds.add('check', bytes / 1e6 / seconds)
    const alone = await logging(bench, url)
    const work = { stopped: false }
    const checks = checkOver(url, work)
    // Whichever fails first is told; the other ends with its load.
    const beside = await Promise.race([
      logging(bench, url),
      checks.then(() => Promise.withResolvers<never>().promise),
    ])
    work.stopped = true
    await checks
    rounds.add('p99 alone', alone.latency.p99)
    rounds.add('p99 beside', beside.latency.p99)
    bench.say(
      `check: ${Math.round(bytes / 1e6 / seconds)} MB/s; log-metric p99 ${alone.latency.p99.toFixed(1)} ms alone, ${beside.latency.p99.toFixed(1)} ms beside`,
    )
  } finally {
    await server.stop()
  }
}

async function logging(bench: Bench, url: string): Promise<LoadResult> {
  const runs = await createRuns(url, CONNECTIONS)
  return runLoad({
    kind: 'requests',
    url,
    connections: CONNECTIONS,
    seconds: bench.seconds(SECONDS),
    warmUpSeconds: 1,
    ratePerSecond: PER_SECOND,
    requests: logMetricRequests(runs),
  })
}

async function checkOver(url: string, work: { readonly stopped: boolean }): Promise<void> {
  while (!work.stopped) await check(url)
}

/** @returns seconds */
async function check(url: string): Promise<number> {
  const began = performance.now()
  const path = '/api/orrery/v1/registry/models/large/versions/1/manifest/check'
  const found = await post<{ missing: string[]; changed: string[]; added: string[] }>(url, path, {
    deep: true,
  })
  if (found.missing.length + found.changed.length + found.added.length > 0) {
    throw new Error(`the check found differences: ${JSON.stringify(found)}`)
  }
  return (performance.now() - began) / 1000
}

export function checkFigures(rounds: Rounds): Figure[] {
  const share = rounds.of('dd').map((dd, round) => (100 * rounds.of('check')[round]!) / dd)
  const rate = { unit: 'MB/s', better: 'more' } as const
  const ms = { unit: 'ms', better: 'less' } as const
  return [
    { work: 'registering a logged model of 1 GiB', ...ms, ours: rounds.of('large register') },
    { work: '`dd` reading from that disk', ...rate, ours: rounds.of('dd') },
    { work: 'comparing 1 GiB with its manifest', ...rate, ours: rounds.of('check') },
    { work: 'the same, of what `dd` reached', unit: '%', better: 'more', goal: 80, ours: share },
    { work: 'log-metric beside nothing, p99', ...ms, ours: rounds.of('p99 alone') },
    { work: 'log-metric beside such comparisons, p99', ...ms, goal: 60, ours: rounds.of('p99 beside') },
  ]
}

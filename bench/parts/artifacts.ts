import { createRuns, get } from '../api.ts'
import { runLoad } from '../load/run-load.ts'
import { writeWithDd } from '../machine.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender, RunningServer } from '../servers/server.ts'

const MIB = 2 ** 20
const FULL_MIB = 1024
const LOOK_AT_MEMORY_EVERY_MS = 100

export const artifacts: Part = {
  name: 'artifacts',
  title: 'Artifacts: 1 GiB up and down',
  how: [
    'One PUT and one GET of the artifact proxy, uncompressible bytes, compared byte by byte on the way back; the file lies in the page cache then.',
    'Before each pair `dd` writes as much to the same disk with a final fsync. `mlflow server` does not sync what it acknowledges.',
    'Memory growth is the largest PSS of all processes during a transfer, looked at every 100 ms, less that before it; 1 MiB went up and down first.',
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      const folder = (name: string) => bench.folder(`artifacts-${name}-${round}`)
      const mib = bench.size(FULL_MIB)
      rounds.add('dd', await writeWithDd(folder('dd'), mib))
      await measure(bench, rounds, 'ours', orrery(folder('orrery')), mib)
      if (bench.withMlflow(round)) await measure(bench, rounds, 'theirs', mlflow(folder('mlflow')), mib)
    }
    return figures(rounds)
  },
}

async function measure(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
  mib: number,
): Promise<void> {
  const server = await contender.start()
  try {
    await transfer(server, 'warm-up', 1)
    const { up, down } = await transfer(server, 'large', mib)
    rounds.add(`${name} up`, up.mbPerSecond)
    rounds.add(`${name} down`, down.mbPerSecond)
    rounds.add(`${name} up growth`, up.growthBytes / MIB)
    rounds.add(`${name} down growth`, down.growthBytes / MIB)
    bench.say(
      `${contender.name}: ${Math.round(up.mbPerSecond)} MB/s up, ${Math.round(down.mbPerSecond)} MB/s down`,
    )
  } finally {
    await server.stop()
  }
}

/** Uploads a file to a fresh run, sees that it is listed, and reads it back. */
async function transfer(server: RunningServer, file: string, mib: number) {
  const { url } = server
  const bytes = mib * MIB
  const [runId] = await createRuns(url, 1)
  const { run } = await get<{ run: { info: { artifact_uri: string } } }>(url, `runs/get?run_id=${runId}`)
  const root = run.info.artifact_uri.replace(/^mlflow-artifacts:\/+/, '')
  const path = `/api/2.0/mlflow-artifacts/artifacts/${root}/${file}.bin`
  const up = await timed(server, bytes, () => runLoad({ kind: 'upload', url, path, bytes }))
  const listed = await get<{ files?: { path: string; file_size: number | string }[] }>(
    url,
    `artifacts/list?run_id=${runId}`,
  )
  const found = listed.files?.find((entry) => entry.path === `${file}.bin`)
  if (Number(found?.file_size) !== bytes) throw new Error(`the upload is listed as ${JSON.stringify(found)}`)
  const down = await timed(server, bytes, () => runLoad({ kind: 'download', url, path, bytes }))
  return { up, down }
}

async function timed(server: RunningServer, bytes: number, load: () => ReturnType<typeof runLoad>) {
  const before = server.memoryBytes()
  let largest = before
  const timer = setInterval(() => {
    largest = Math.max(largest, server.memoryBytes())
  }, LOOK_AT_MEMORY_EVERY_MS)
  try {
    const { seconds } = await load()
    return { mbPerSecond: bytes / 1e6 / seconds, growthBytes: largest - before }
  } finally {
    clearInterval(timer)
  }
}

function figures(rounds: Rounds) {
  const both = (name: string) => ({ ours: rounds.of(`ours ${name}`), theirs: rounds.of(`theirs ${name}`) })
  const rate = { unit: 'MB/s', better: 'more' } as const
  const share = rounds.of('dd').map((dd, round) => (100 * rounds.of('ours up')[round]!) / dd)
  return [
    { work: '`dd` with fsync on that disk', ...rate, ours: rounds.of('dd') },
    { work: 'upload', ...rate, ...both('up') },
    { work: 'upload, of what `dd` reached', unit: '%', better: 'more', goal: 80, ours: share } as const,
    { work: 'download from the page cache', ...rate, goal: 1_000, ...both('down') },
    { work: 'memory growth, upload', unit: 'MiB', better: 'less', goal: 64, ...both('up growth') } as const,
    {
      work: 'memory growth, download',
      unit: 'MiB',
      better: 'less',
      goal: 64,
      ...both('down growth'),
    } as const,
  ]
}

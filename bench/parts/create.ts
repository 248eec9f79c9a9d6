import { post } from '../api.ts'
import { runLoad } from '../load/run-load.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'

const CONNECTIONS = 32
/** With 32 it answers some with 400: the pool of its connections to the database is at its limit. */
const MLFLOW_CONNECTIONS = 8
const SECONDS = 10

export const create: Part = {
  name: 'create',
  title: 'runs/create with two tags',
  how: [
    `${CONNECTIONS} connections (\`mlflow server\`: ${MLFLOW_CONNECTIONS}) for ${SECONDS} s; each run has two tags besides its name; every answer waits for the disk.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measure(bench, rounds, 'ours', orrery(bench.folder(`create-orrery-${round}`)), CONNECTIONS)
      if (!bench.withMlflow(round)) continue
      await measure(
        bench,
        rounds,
        'theirs',
        mlflow(bench.folder(`create-mlflow-${round}`)),
        MLFLOW_CONNECTIONS,
      )
    }
    const both = (name: string) => ({ ours: rounds.of(`ours ${name}`), theirs: rounds.of(`theirs ${name}`) })
    return [
      { work: 'runs created', unit: 'requests/s', better: 'more', goal: 4_000, ...both('rate') },
      { work: 'p99 at that rate', unit: 'ms', better: 'less', ...both('p99') },
    ]
  },
}

const BODY = JSON.stringify({
  experiment_id: '0',
  user_id: 'bench',
  run_name: 'a run of the bench',
  start_time: 1_750_000_000_000,
  tags: [
    { key: 'mlflow.user', value: 'bench' },
    { key: 'mlflow.source.name', value: 'train.py' },
  ],
})

async function measure(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
  connections: number,
): Promise<void> {
  const server = await contender.start()
  const { url } = server
  try {
    await post(url, 'runs/create', JSON.parse(BODY))
    const load = await runLoad({
      kind: 'requests',
      url,
      connections,
      seconds: bench.seconds(SECONDS),
      warmUpSeconds: 1,
      requests: [{ method: 'POST', path: '/api/2.0/mlflow/runs/create', body: BODY }],
    })
    rounds.add(`${name} rate`, load.requests / load.seconds)
    rounds.add(`${name} p99`, load.latency.p99)
    bench.say(`${contender.name}: ${Math.round(load.requests / load.seconds)} runs/s`)
  } finally {
    await server.stop()
  }
}

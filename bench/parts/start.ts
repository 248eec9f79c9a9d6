import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Part } from '../part.ts'
import { Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'

const IDLE_AFTER_MS = 5_000
const MIB = 2 ** 20

export const start: Part = {
  name: 'start',
  title: 'Start and idle memory',
  how: [
    'From the start of the command to the first 200 of `/health`, asked every 5 ms; each home has been started once before.',
    'Memory is the sum of PSS over all processes of the server, 5 s after its first answer.',
  ],
  async run(bench) {
    const ours = await measure(bench, orrery(bench.folder('start-orrery')))
    const theirs = bench.withMlflow(0)
      ? await measure(bench, mlflow(bench.folder('start-mlflow')))
      : new Rounds()
    return [
      {
        work: 'second start, to the first 200',
        unit: 's',
        better: 'less',
        goal: 0.5,
        ours: ours.of('seconds'),
        theirs: theirs.of('seconds'),
      },
      {
        work: 'idle memory of all processes',
        unit: 'MiB',
        better: 'less',
        goal: 120,
        ours: ours.of('memory'),
        theirs: theirs.of('memory'),
      },
    ]
  },
}

async function measure(bench: Bench, contender: Contender): Promise<Rounds> {
  const rounds = new Rounds()
  await (await contender.start()).stop()
  for (let round = 0; round < bench.rounds; round++) {
    if (contender.name !== 'Orrery' && !bench.withMlflow(round)) break
    const server = await contender.start()
    await pause(IDLE_AFTER_MS)
    rounds.add('seconds', server.startedMs / 1000)
    rounds.add('memory', server.memoryBytes() / MIB)
    await server.stop()
    bench.say(`${contender.name}: ${(server.startedMs / 1000).toFixed(2)} s`)
  }
  return rounds
}

import { fillHome } from '../fill/fill-home.ts'
import { DEEP_START, fillLineage, WIDE_START } from '../fill-lineage.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery } from '../servers/orrery.ts'

const READERS = 2_500
const DEPTH = 25
const ABREAST = 200
const TIMES = 10
const NODES = 10_000
const GOAL_MS = 100
/** Of which the median counts. */
const WALKS = 7

export const lineageWalk: Part = {
  name: 'lineage-walk',
  title: 'Lineage',
  how: [
    `A walk downstream from a dataset, over HTTP, one after the other, the median of ${WALKS}. Wide: ${READERS.toLocaleString('en-US')} runs read it, each made a model that is registered and that another run reads. Deep: ${ABREAST} rows of ${DEPTH} runs, each of which reads what the one before has made: ${2 * DEPTH} steps. Both are there ${TIMES} times. \`mlflow server\` has no lineage.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    const home = await filledHome(bench)
    for (let round = 0; round < bench.rounds; round++) await measure(bench, rounds, home)
    const ms = { unit: 'ms', better: 'less', goal: GOAL_MS } as const
    return [
      { work: `walking ${NODES.toLocaleString('en-US')} nodes, wide`, ...ms, ours: rounds.of('wide') },
      { work: `walking ${NODES.toLocaleString('en-US')} nodes, deep`, ...ms, ours: rounds.of('deep') },
    ]
  },
}

function filledHome(bench: Bench): Promise<string> {
  const readers = bench.size(READERS)
  return bench.kept(`orrery-lineage-${readers}`, (folder) =>
    fillHome(folder, (db, workspaceKey) =>
      fillLineage(db, {
        ...{ workspaceKey, readers, depth: DEPTH, abreast: bench.size(ABREAST), times: TIMES },
      }),
    ),
  )
}

async function measure(bench: Bench, rounds: Rounds, home: string): Promise<void> {
  const server = await orrery(home).start()
  try {
    for (const [name, { kind, id }] of [
      ['wide', WIDE_START],
      ['deep', DEEP_START],
    ] as const) {
      const query = new URLSearchParams({ kind, id, direction: 'downstream', limit: `${NODES}` })
      const times: number[] = []
      let nodes = 0
      for (let walk = 0; walk < WALKS; walk++) {
        const from = performance.now()
        const answer = await fetch(`${server.url}/api/orrery/v1/lineage?${query}`)
        const graph = (await answer.json()) as { readonly nodes: readonly object[] }
        times.push(performance.now() - from)
        if (!answer.ok) throw new Error(JSON.stringify(graph))
        nodes = graph.nodes.length
      }
      const median = times.sort((a, b) => a - b)[WALKS >> 1]!
      rounds.add(name, median)
      bench.say(`${name}: ${nodes} nodes in ${median.toFixed(0)} ms`)
    }
  } finally {
    await server.stop()
  }
}

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Bench, Part } from '../part.ts'
import { orrery, ROOT } from '../servers/orrery.ts'

const TIMES = 15
const RUNS = 50

export const cli: Part = {
  name: 'cli',
  title: 'The command line',
  how: [
    `Wall time of the whole command, \`./orrery\` and its shell included, ${TIMES} times after one that fills the compile cache.`,
    `\`run list\` asks a warm server with ${RUNS} runs and prints them as JSON into a pipe.`,
  ],
  async run(bench) {
    const server = await orrery(bench.folder('cli-orrery')).start()
    try {
      await fill(server.url)
      return [
        { work: '`orrery --help`', unit: 'ms', better: 'less', goal: 150, ours: timed(bench, ['--help']) },
        {
          work: '`orrery run list`',
          unit: 'ms',
          better: 'less',
          goal: 250,
          ours: timed(bench, ['run', 'list', '--url', server.url], '"run_id"'),
        },
      ]
    } finally {
      await server.stop()
    }
  },
}

async function fill(url: string): Promise<void> {
  for (let i = 0; i < RUNS; i++) {
    const response = await fetch(`${url}/api/2.0/mlflow/runs/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ experiment_id: '0', start_time: i }),
    })
    if (!response.ok) throw new Error(await response.text())
  }
}

/** @param expected what must stand in the answer @returns milliseconds */
function timed(bench: Bench, argv: readonly string[], expected = 'Usage:'): number[] {
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: bench.folder('cli-compiled'),
    ORRERY_CONFIG_DIR: bench.folder('cli-config'),
  }
  const once = () => {
    const startedMs = performance.now()
    const { status, stdout, stderr } = spawnSync(join(ROOT, 'orrery'), argv, { env, encoding: 'utf8' })
    const ms = performance.now() - startedMs
    if (status !== 0 || !stdout.includes(expected)) throw new Error(`orrery ${argv.join(' ')}: ${stderr}`)
    return ms
  }
  once()
  return Array.from({ length: TIMES }, once)
}

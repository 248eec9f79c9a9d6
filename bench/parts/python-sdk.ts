import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRuns } from '../api.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery, ROOT } from '../servers/orrery.ts'

const CALLS = 300
const FILES = 2_000
const FILE_BYTES = 1024
const LOADS = 9
const SCRIPT = join(ROOT, 'bench/parts/python-sdk.py')
const PYTHON = join(ROOT, '.cache/python/client/bin/python')

/** What `python-sdk.py` prints: milliseconds, and files a second. */
interface Measured {
  readonly load: number
  readonly get: number
  readonly files: number
}

export const pythonSdk: Part = {
  name: 'python-sdk',
  title: 'Python package',
  how: [
    `\`from orrery import Workspace\` beyond \`import requests\`: processes of their own in turns, the difference of the medians of ${LOADS}.`,
    `\`Run.get\` over a bare \`requests\` session that reads the same JSON, in turns: the difference of the medians of ${CALLS} each.`,
    `\`run.upload_folder\` of ${FILES.toLocaleString('en-US')} files of ${FILE_BYTES} bytes from the disk.`,
  ],
  async run(bench) {
    if (!existsSync(PYTHON)) throw new Error('Run python3 compat/env/setup.py client first.')
    const rounds = new Rounds()
    const server = await orrery(bench.folder('python-sdk')).start()
    try {
      for (let round = 0; round < bench.rounds; round++) {
        const [run] = (await createRuns(server.url, 1)) as [string]
        const { load, get, files } = await measure(bench, server.url, run)
        rounds.add('load', load)
        rounds.add('get', get)
        rounds.add('files', files)
        bench.say(`loading ${load.toFixed(1)} ms, a call ${get.toFixed(3)} ms, ${Math.round(files)} files/s`)
      }
    } finally {
      await server.stop()
    }
    const figure = { unit: 'ms', better: 'less' } as const
    return [
      { ...figure, work: 'loading beyond requests', goal: 100, ours: rounds.of('load') },
      { ...figure, work: 'a call over the bare request', goal: 1, ours: rounds.of('get') },
      { work: 'upload of small files', unit: 'files/s', better: 'more', goal: 500, ours: rounds.of('files') },
    ]
  },
}

async function measure(bench: Bench, url: string, run: string): Promise<Measured> {
  const sizes = [Math.max(20, bench.size(CALLS)), bench.size(FILES), FILE_BYTES, LOADS].map(String)
  const child = spawn(PYTHON, [SCRIPT, url, run, ...sizes], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONPATH: join(ROOT, 'python/orrery/src') },
  })
  let output = ''
  for await (const piece of child.stdout) output += piece
  const code = child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve)))
  if (code !== 0) throw new Error(`python-sdk.py ended with ${code}`)
  return JSON.parse(output) as Measured
}

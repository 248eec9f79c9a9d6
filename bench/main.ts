import { mkdirSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyBefore } from './busy-before.ts'
import { makeBench } from './make-bench.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import type { Part } from './part.ts'
import { access } from './parts/access.ts'
import { artifacts } from './parts/artifacts.ts'
import { auditSearch } from './parts/audit-search.ts'
import { cli } from './parts/cli.ts'
import { create } from './parts/create.ts'
import { deliveries } from './parts/deliveries.ts'
import { eventsCost } from './parts/events-cost.ts'
import { eventsStream } from './parts/events-stream.ts'
import { lineageWalk } from './parts/lineage-walk.ts'
import { logBatch } from './parts/log-batch.ts'
import { logMetric } from './parts/log-metric.ts'
import { mixed } from './parts/mixed.ts'
import { plots } from './parts/plots.ts'
import { pythonSdk } from './parts/python-sdk.ts'
import { registry } from './parts/registry.ts'
import { sdk } from './parts/sdk.ts'
import { search } from './parts/search.ts'
import { start } from './parts/start.ts'
import { printResult } from './report.ts'
import { keepResult, writePage } from './results.ts'

const PARTS: readonly Part[] = [
  start,
  logBatch,
  logMetric,
  create,
  search,
  plots,
  registry,
  lineageWalk,
  auditSearch,
  access,
  artifacts,
  mixed,
  eventsCost,
  deliveries,
  eventsStream,
  sdk,
  pythonSdk,
  cli,
]

const argv = process.argv.slice(2)
if (argv.includes('--help') || argv.includes('-h')) {
  console.log(
    `${USAGE}\n\nParts:\n${PARTS.map(({ name, title }) => `  ${name.padEnd(14)}${title}`).join('\n')}`,
  )
} else {
  await run(readOptions(argv))
}

async function run(options: Options): Promise<void> {
  if (options.pageOnly) return writePage()
  const parts = chosen(options.parts)
  const temp = await mkdtemp(join(options.temp ?? tmpdir(), 'orrery-bench-'))
  // PostgreSQL runs as a user of its own and must reach its folder.
  await chmod(temp, 0o755)
  if (options.keep !== undefined) mkdirSync(options.keep, { recursive: true })
  process.once('exit', () => rmSync(temp, { recursive: true, force: true, maxRetries: 20 }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    for (const part of parts) {
      console.log(`\n${part.title}`)
      const busy = await busyBefore()
      const figures = await part.run(makeBench(options, temp))
      printResult(figures)
      if (!options.quick) await keepResult(part, figures, busy, temp)
    }
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
}

function chosen(names: readonly string[]): readonly Part[] {
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined) {
    throw new Error(`There is no part '${unknown}'; there are ${PARTS.map(({ name }) => name).join(', ')}.`)
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name))
}

import { type Figure, median, type PartResult, reachesGoal } from './figures.ts'
import type { Machine } from './machine.ts'
import type { Results } from './results.ts'

/** To the terminal, one line a figure. */
export function printResult(figures: readonly Figure[]): void {
  for (const figure of figures) {
    if (figure.ours.length === 0) continue
    const [ours, theirs, ratio, goal] = cells(figure)
    console.log(`  ${figure.work.padEnd(48)} ${ours}  (mlflow: ${theirs}, ${ratio}; goal ${goal})`)
  }
}

const ORDER = [
  'start',
  'log-batch',
  'log-metric',
  'create',
  'search',
  'plots',
  'registry',
  'access',
  'artifacts',
  'mixed',
  'events-cost',
  'events-stream-latency',
  'deliveries',
  'audit-search',
  'lineage-walk',
  'sdk',
  'cli',
  'python-sdk',
]

/** By the name of a part: what stands below its table. */
export type Notes = Readonly<Record<string, string>>

/** Reads `## part` headings and the text below each. */
export function parseNotes(text: string): Notes {
  const sections = text.split(/^## /m).slice(1)
  return Object.fromEntries(
    sections.map((section) => {
      const end = section.indexOf('\n')
      return [section.slice(0, end).trim(), section.slice(end).trim()]
    }),
  )
}

/** The page of results, written anew from all parts. */
export function renderResults({ machine, parts }: Results, notes: Notes): string {
  const sections = ORDER.flatMap((name) =>
    parts[name] === undefined ? [] : [section(parts[name], notes[name])],
  )
  return `${[INTRODUCTION, machineText(machine), ...sections].join('\n\n')}\n`
}

const INTRODUCTION = `# Results

Written by \`npm run bench\`; do not edit. Orrery and \`mlflow server\` do the same work on one machine, in turns; a load process of its own shares the cores with them. Each figure is the median of all rounds, with the smallest and the largest in brackets. A ratio above 1 says how many times better Orrery is. Every answer was checked: anything but a 200 ends the bench.`

function machineText({ cpu, cores, memoryGib, kernel, diskMbPerSecond, versions }: Machine): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${cores} cores of ${cpu}, ${memoryGib} GiB of memory, Linux ${kernel}; the disk takes ${diskMbPerSecond} MB/s (\`dd\` with fsync). ${software.join(', ')}.`
}

function section(result: PartResult, note: string | undefined): string {
  const { title, measuredAt, commit, figures, how } = result
  const shown = figures.filter(({ ours }) => ours.length > 0)
  const rows = shown.map((figure) => `| ${[figure.work, ...cells(figure)].join(' | ')} |`)
  return [
    `## ${title}`,
    '',
    ...how.map((sentence) => `- ${sentence}`),
    '',
    '| | Orrery | mlflow server | ratio | goal |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...(note === undefined ? [] : [note, '']),
    `Measured ${measuredAt.replace('T', ' ')} UTC at ${commit}.${busyText(result)}`,
  ].join('\n')
}

/** Ours, theirs, ratio and goal as they are shown. */
function cells(figure: Figure): [string, string, string, string] {
  const { ours, theirs = [], unit, better, goal } = figure
  const reached = reachesGoal(figure)
  const sign = better === 'more' ? '≥' : '<'
  return [
    `${shown(median(ours))} ${unit}${spread(ours)}`,
    theirs.length === 0 ? '–' : `${shown(median(theirs))} ${unit}${spread(theirs)}`,
    theirs.length === 0 ? '–' : ratio(median(ours), median(theirs), better),
    goal === undefined ? '–' : `${sign} ${shown(goal)} ${unit}: ${reached ? 'reached' : '**not reached**'}`,
  ]
}

function ratio(ours: number, theirs: number, better: 'more' | 'less'): string {
  return `${shown(better === 'more' ? ours / theirs : theirs / ours)}x`
}

function spread(values: readonly number[]): string {
  return values.length < 2 ? '' : ` (${shown(Math.min(...values))}–${shown(Math.max(...values))})`
}

/** Three digits that count, thousands apart. */
function shown(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return rounded >= 1000 ? rounded.toLocaleString('en-US') : String(rounded)
}

/** A machine that has nothing else to do stays below 0.02. */
const BUSY = 0.1

function busyText({ busyBefore }: PartResult): string {
  if (busyBefore === undefined) return ''
  const share = `Just before, other programs took ${Math.round(busyBefore * 100)} % of the cores`
  if (busyBefore < BUSY) return ` ${share}.`
  return ` **${share}: on a machine of its own the figures are better, on both sides.**`
}

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure, PartResult } from './figures.ts'
import { describeMachine, type Machine } from './machine.ts'
import type { Part } from './part.ts'
import { parseNotes, renderResults } from './report.ts'
import { ROOT } from './servers/orrery.ts'

/** What was measured last, part by part. */
export interface Results {
  readonly machine: Machine
  readonly parts: Readonly<Record<string, PartResult>>
}

const JSON_FILE = join(import.meta.dirname, 'results.json')
const NOTES = join(import.meta.dirname, 'notes.md')
const PAGE = join(import.meta.dirname, 'RESULTS.md')

/**
 * Puts the result of one part beside those of the others and writes the page anew.
 *
 * @param temp a folder on the disk that was measured
 */
export async function keepResult(
  part: Part,
  figures: readonly Figure[],
  busyBefore: number,
  temp: string,
): Promise<void> {
  const result: PartResult = {
    part: part.name,
    title: part.title,
    measuredAt: new Date().toISOString().slice(0, 16),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
    busyBefore: Number(busyBefore.toFixed(2)),
    figures: figures.map(rounded),
    how: part.how,
  }
  const before = readResults()
  const results = { machine: await describeMachine(temp), parts: { ...before?.parts, [part.name]: result } }
  writeFileSync(JSON_FILE, `${JSON.stringify(results, null, 2)}\n`)
  writePage(results)
}

/** The page from what was measured last and the notes of now. */
export function writePage(results = readResults()): void {
  if (results === undefined) throw new Error('Nothing was measured yet.')
  writeFileSync(PAGE, renderResults(results, parseNotes(readFileSync(NOTES, 'utf8'))))
}

function readResults(): Results | undefined {
  try {
    return JSON.parse(readFileSync(JSON_FILE, 'utf8'))
  } catch {
    return undefined
  }
}

function rounded(figure: Figure): Figure {
  const four = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(4)))
  return figure.theirs === undefined
    ? { ...figure, ours: four(figure.ours) }
    : { ...figure, ours: four(figure.ours), theirs: four(figure.theirs) }
}

import assert from 'node:assert/strict'
import { check, describeVerdict, FILE_PLACE, isClean } from './check.ts'
import { makeClient } from './client.ts'
import type { Entry, Outcome } from './ledger.ts'
import { readBack } from './read-back.ts'

export async function createExperiment(url: string, name: string): Promise<string> {
  const client = makeClient(url)
  const { experiment_id } = await client.ask<{ experiment_id: string }>(
    'POST',
    '/api/2.0/mlflow/experiments/create',
    { name },
  )
  client.close()
  return experiment_id
}

/** Runs that the ledger does not list, for many workers to log to. */
export async function createRuns(url: string, experiment_id: string, count: number): Promise<string[]> {
  const client = makeClient(url)
  const ids: string[] = []
  while (ids.length < count) {
    const { run } = await client.ask<{ run: { info: { run_id: string } } }>(
      'POST',
      '/api/2.0/mlflow/runs/create',
      { experiment_id },
    )
    ids.push(run.info.run_id)
  }
  client.close()
  return ids
}

/** Reads everything back and fails unless it is what the ledger says. @param context stands in the message */
export async function proveLedger(
  url: string,
  experimentId: string,
  entries: readonly Entry[],
  context: string,
): Promise<void> {
  const observed = await readBack(url, experimentId, filePlaces(entries))
  const verdict = check(entries, observed)
  assert.ok(isClean(verdict), `${context}\n${describeVerdict(verdict)}`)
}

/** Places that were named in a request, whatever came of it. */
function filePlaces(entries: readonly Entry[]): string[] {
  const places = entries.flatMap(({ cells }) => cells.map(({ place }) => place))
  return [...new Set(places.filter((place) => place.startsWith(FILE_PLACE)))]
}

/** A fault test in which nothing happened proves nothing. */
export function mustHaveHappened(
  entries: readonly Entry[],
  kinds: readonly string[],
  outcomes: Outcome[],
): void {
  for (const kind of kinds) {
    assert.ok(
      entries.some((entry) => entry.kind === kind && entry.outcome === 'ok'),
      `no '${kind}' was ever acknowledged`,
    )
  }
  for (const outcome of outcomes) {
    assert.ok(
      entries.some((entry) => entry.outcome === outcome),
      `no operation ended as '${outcome}'`,
    )
  }
}

/** How many operations ended in which way, for the test's output. */
export function countOutcomes(entries: readonly Entry[]): string {
  const of = (outcome: Outcome) => entries.filter((entry) => entry.outcome === outcome).length
  return `${entries.length} operations: ${of('ok')} acknowledged, ${of('failed')} refused, ${of('unknown')} unknown`
}

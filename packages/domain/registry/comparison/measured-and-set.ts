import { type Caller, Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { findLoggedModel, findRun, loadLoggedModels, loadRuns } from '../../tracking/index.ts'
import type { FoundVersion } from '../versions/find-version.ts'

/** The latest value of each metric, which may be NaN, and the params. */
export interface MeasuredAndSet {
  readonly metrics: ReadonlyMap<string, number>
  readonly params: ReadonlyMap<string, string>
}

interface Measured {
  readonly key: string
  readonly value: number
  readonly step: number
  readonly timestamp: number
  readonly datasetName: string
}

const NOTHING: MeasuredAndSet = { metrics: new Map(), params: new Map() }

/**
 * What was measured of a version and what it was made with: of its logged model, else of its run. Nothing where that is
 * gone or the caller may not read it: the right to read a model is not one to read the experiment it came from.
 */
export async function measuredAndSet(
  reads: Reads,
  caller: Caller,
  version: Pick<FoundVersion, 'modelId' | 'runId'>,
): Promise<MeasuredAndSet> {
  if (version.modelId !== '') {
    const found = await ifThere(findLoggedModel(reads, caller, version.modelId))
    if (found === undefined) return NOTHING
    const [model] = await loadLoggedModels(reads, [found])
    return { metrics: latestByKey(model!.metrics), params: byKey(model!.params) }
  }
  if (version.runId === '') return NOTHING
  const found = await ifThere(findRun(reads, caller, version.runId))
  if (found === undefined) return NOTHING
  const [run] = await loadRuns(reads, [found.key])
  return { metrics: byKey(run?.metrics ?? []), params: byKey(run?.params ?? []) }
}

/** @returns undefined for what is not there, or not for this caller, or has an id that nothing can have */
export async function ifThere<Found>(asked: Promise<Found>): Promise<Found | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return undefined
    throw error
  }
}

function byKey<Value>(entries: readonly { key: string; value: Value }[]): Map<string, Value> {
  return new Map(entries.map(({ key, value }) => [key, value]))
}

/**
 * A logged model has values of one metric by dataset as well. One that belongs to none speaks for the model itself and
 * goes before them; among equals the latest counts, by step and then by time, as for runs.
 */
function latestByKey(metrics: readonly Measured[]): Map<string, number> {
  const latest = new Map<string, Measured>()
  for (const metric of metrics) {
    const before = latest.get(metric.key)
    if (before === undefined || comesAfter(metric, before)) latest.set(metric.key, metric)
  }
  return byKey([...latest.values()])
}

function comesAfter(metric: Measured, before: Measured): boolean {
  const general = metric.datasetName === ''
  if (general !== (before.datasetName === '')) return general
  if (metric.step !== before.step) return metric.step > before.step
  return metric.timestamp >= before.timestamp
}

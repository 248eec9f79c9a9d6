import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { makeRegistry, makeRegistryLineage } from '../../../registry/index.ts'
import { openRegistry } from '../../../registry/testing/open-registry.ts'
import { makeTrackingLineage } from '../../../tracking/index.ts'
import type { LineageGraph, LineageWalk } from '../../lineage.ts'
import { makeLineage } from '../make-lineage.ts'
import { idOf } from '../walk.ts'

/** Tracking, the registry and the graph that they have together, in two workspaces. */
export async function openLineage(db: Database) {
  const bed = await openRegistry(db)
  const registry = makeRegistry(bed.deps)
  const sources = [makeTrackingLineage(), makeRegistryLineage()]
  const lineage = makeLineage({ db, sources })
  const { tracking } = bed

  return {
    ...bed,
    registry,
    lineage,
    sources,
    experiment: (name: string, caller = bed.here) => tracking.experiments.create(caller, { name }),
    /** A run that read datasets (`name#digest`) and models. @returns its id */
    async run(
      given: {
        readonly experimentId?: string
        readonly name?: string
        readonly reads?: readonly string[]
        readonly models?: readonly string[]
        readonly parent?: string
        readonly tags?: readonly { readonly key: string; readonly value: string }[]
        readonly status?: 'FINISHED' | 'FAILED' | 'KILLED'
      } = {},
      caller = bed.here,
    ) {
      const { experimentId = '0', name, reads = [], models = [], parent, tags = [], status } = given
      const { info } = await tracking.runs.create(caller, {
        experimentId,
        startTime: 1_000,
        ...(name === undefined ? {} : { name }),
        tags: [...tags, ...(parent === undefined ? [] : [{ key: 'mlflow.parentRunId', value: parent }])],
      })
      const { runId } = info
      if (reads.length + models.length > 0) {
        const datasets = reads.map((id) => {
          const at = id.lastIndexOf('#')
          return {
            tags: [],
            dataset: {
              name: id.slice(0, at),
              digest: id.slice(at + 1),
              sourceType: 'http',
              source: '{"url": "https://data.example.org/customers.csv"}',
              schema: '{"mlflow_colspec": [{"type": "double", "name": "age", "required": true}]}',
              profile: null,
            },
          }
        })
        await tracking.inputs.logInputs(caller, { runId, datasets, models })
      }
      if (status !== undefined) {
        await tracking.runs.update(caller, { runId, status, endTime: 2_000 })
      }
      return runId
    },
    /** A logged model that a run made. @returns its id */
    async made(runId: string, caller = bed.here, experimentId = '0') {
      const { modelId } = await tracking.loggedModels.create(caller, {
        experimentId,
        sourceRunId: runId,
      })
      return modelId
    },
    outputs: (runId: string, ids: readonly string[], caller = bed.here) =>
      tracking.inputs.logOutputs(caller, { runId, models: ids.map((modelId) => ({ modelId, step: 0 })) }),
    /** A model's next version; the model is made where it is not there. @returns `<name>/<version>` */
    async version(
      name: string,
      given: { readonly source: string; readonly runId?: string; readonly modelId?: string },
      caller = bed.here,
    ) {
      await registry.models.create(caller, { name }).catch(() => {})
      const { version } = await registry.versions.create(caller, { name, ...given })
      return `${name}/${version}`
    },
    walk: (caller: Caller, kind: LineageWalk['start']['kind'], id: string, more: Partial<LineageWalk> = {}) =>
      lineage.walk(caller, { start: { kind, id }, direction: 'both', depth: 50, limit: 1_000, ...more }),
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

/** A graph as words, in the order of what they say. */
export const shapeOf = ({ nodes, edges }: LineageGraph) => ({
  nodes: nodes.map((node) => `${node.distance} ${idOf(node)}`).sort(),
  edges: edges.map(({ from, to, relation }) => `${idOf(from)} ${relation} ${idOf(to)}`).sort(),
})

import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { TrackingDeps } from '../deps.ts'
import { makeRemoveExperiment } from '../experiments/remove-experiment.ts'
import type { RemoveFiles } from '../removals/work-off-removals.ts'
import { makeRemoveRun } from '../runs/remove-run.ts'
import { bytesBelow } from './bytes-below.ts'
import {
  artifactUrisIn,
  type ExpiredRow,
  expiredExperiments,
  expiredModels,
  expiredRuns,
} from './expired-rows.ts'
import { makeRemoveArtifacts } from './remove-artifacts.ts'
import { makeRemoveLoggedModel } from './remove-logged-model.ts'

type Expiring = 'deleted-runs' | 'deleted-experiments' | 'deleted-logged-models' | 'deleted-artifacts'

interface ExpiredThing {
  readonly key: number
  readonly subject: string
  readonly held: readonly string[]
  readonly bytes: number
}

/** Among files, those of logged models come behind those of all runs. */
const MODELS_FROM = 2 ** 50

/** Soft-deleted things whose time is over, for whoever keeps rules of it. Removes as the verbs do. */
export function makeExpired(deps: TrackingDeps & { readonly removeFiles: RemoveFiles }) {
  const removeRun = makeRemoveRun(deps)
  const removeExperiment = makeRemoveExperiment(deps)
  const removeLoggedModel = makeRemoveLoggedModel(deps)
  const removeArtifacts = makeRemoveArtifacts(deps)
  return {
    async list(
      reads: Reads,
      workspace: number,
      what: Expiring,
      before: number,
      after: number,
      limit: number,
    ): Promise<readonly ExpiredThing[]> {
      const asked = { workspace, before, after, limit }
      switch (what) {
        case 'deleted-runs':
          return withBytes(reads, workspace, 'runs', await reads.all(expiredRuns, asked))
        case 'deleted-logged-models':
          return withBytes(reads, workspace, 'logged-models', await reads.all(expiredModels, asked))
        case 'deleted-experiments':
          return experiments(reads, workspace, await reads.all(expiredExperiments, asked))
        case 'deleted-artifacts':
          return files(reads, asked)
      }
    },

    async remove(caller: Caller, what: Expiring, { subject }: ExpiredThing): Promise<void> {
      const id = subject.split('/')[1]!
      if (what === 'deleted-runs') await removeRun(caller, { runId: id })
      else if (what === 'deleted-experiments') await removeExperiment(caller, { experimentId: id })
      else if (what === 'deleted-logged-models') await removeLoggedModel(caller, { modelId: id })
      else await removeArtifacts(caller, subject.slice(0, -'/artifacts'.length))
    },
  }
}

async function withBytes(
  reads: Reads,
  workspace: number,
  folder: string,
  rows: readonly ExpiredRow[],
): Promise<readonly ExpiredThing[]> {
  const below = await bytesBelow(
    reads,
    workspace,
    rows.map((row) => row.artifactUri),
  )
  return rows.map(({ key, id, experimentId, artifactUri }) => {
    const subject = `${folder}/${id}`
    const held = [subject, `experiments/${experimentId}`]
    return { key, subject, held, bytes: below.get(artifactUri)?.bytes ?? 0 }
  })
}

async function experiments(
  reads: Reads,
  workspace: number,
  rows: readonly ExpiredRow[],
): Promise<readonly ExpiredThing[]> {
  const things: ExpiredThing[] = []
  for (const { key, id } of rows) {
    let bytes = 0
    for await (const uris of artifactUrisIn(reads, key)) {
      for (const below of (await bytesBelow(reads, workspace, uris)).values()) bytes += below.bytes
    }
    const subject = `experiments/${id}`
    things.push({ key, subject, held: [subject], bytes })
  }
  return things
}

interface Asked {
  readonly workspace: number
  readonly before: number
  readonly after: number
  readonly limit: number
}

/** Only of those that have files. */
async function files(reads: Reads, asked: Asked): Promise<readonly ExpiredThing[]> {
  const found: ExpiredThing[] = []
  const { workspace, before, limit } = asked
  for (const { folder, from } of [
    { folder: 'runs', from: 0 },
    { folder: 'logged-models', from: MODELS_FROM },
  ]) {
    let after = asked.after < from ? 0 : asked.after - from
    if (folder === 'runs' && asked.after >= MODELS_FROM) continue
    for (;;) {
      const some = { workspace, before, after, limit }
      const rows = await reads.all(folder === 'runs' ? expiredRuns : expiredModels, some)
      const things = await withBytes(reads, workspace, folder, rows)
      const below = await bytesBelow(
        reads,
        workspace,
        rows.map((row) => row.artifactUri),
      )
      things.forEach((thing, at) => {
        if (!below.has(rows[at]!.artifactUri)) return
        const subject = `${thing.subject}/artifacts`
        found.push({ ...thing, key: from + thing.key, subject, held: [subject, ...thing.held] })
      })
      if (found.length >= limit) return found.slice(0, limit)
      if (rows.length < limit) break
      after = rows.at(-1)!.key
    }
  }
  return found
}

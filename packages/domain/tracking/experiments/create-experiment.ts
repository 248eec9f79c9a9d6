import { type Caller, Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { checkArtifactLocation } from '../artifacts/artifact-location.ts'
import type { TrackingDeps } from '../deps.ts'
import { checkCount, checkExperimentTag, checkLength } from '../entries.ts'
import { LIMITS } from '../limits.ts'
import type { KeyValue } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { DEFAULT_EXPERIMENT_ID } from './experiment.ts'
import { setExperimentTagRow } from './set-experiment-tag.ts'

interface NewExperiment {
  readonly name: string
  /** Where artifacts go: an address of the store behind this server if left out. */
  readonly artifactLocation?: string
  readonly tags?: readonly KeyValue[]
}

const insert = statement(
  'tracking.insert-experiment',
  (
    k: Kysely<TrackingTables>,
    p: { workspace: number; id: string; name: string; location: string; now: number },
  ) =>
    k
      .insertInto('experiments')
      .values({
        workspace_key: p.workspace,
        experiment_id: p.id,
        name: p.name,
        artifact_location: p.location,
        lifecycle: 'active',
        epoch: 0,
        created_at: p.now,
        updated_at: p.now,
      })
      .onConflict((clash) => clash.doNothing())
      .returning('experiment_key as key'),
)

const settle = statement(
  'tracking.settle-experiment-id',
  (k: Kysely<TrackingTables>, p: { key: number; id: string; location: string }) =>
    k
      .updateTable('experiments')
      .set({ experiment_id: p.id, artifact_location: p.location })
      .where('experiment_key', '=', p.key),
)

/**
 * @returns the new experiment's id
 * @throws RESOURCE_ALREADY_EXISTS when the name is taken, also by a deleted experiment
 */
export function makeCreateExperiment({ db, emit, clock, ids, ownership }: TrackingDeps) {
  return async function createExperiment(caller: Caller, input: NewExperiment): Promise<string> {
    const tags = input.tags ?? []
    checkLength(input.name, LIMITS.experimentName, 'name')
    checkCount(tags, 'tags')
    for (const tag of tags) checkExperimentTag(tag)
    const given = input.artifactLocation || undefined
    if (given !== undefined) checkArtifactLocation(given)
    return db.inTx(async (tx) => {
      // The id is the key in digits, which is known only after the insert: until then a random word stands there.
      const now = clock()
      const row = await tx.first(insert, {
        workspace: caller.workspace.key,
        id: ids.hex32(),
        name: input.name,
        location: given ?? '',
        now,
      })
      if (row === undefined) throw nameTaken(input.name)
      const id = String(row.key)
      await tx.run(settle, {
        key: row.key,
        id,
        location: given ?? locationIn(caller.workspace.artifactRoot, id),
      })
      for (const tag of tags) await tx.run(setExperimentTagRow, { experiment: row.key, ...tag })
      await ownership.created(tx, caller, { kind: 'experiment', key: row.key })
      await emit(tx, caller, {
        type: 'experiment.created',
        subject: `experiments/${id}`,
        on: row.key,
        after: { name: input.name, ...(given === undefined ? {} : { artifactLocation: given }) },
      })
      return id
    })
  }
}

export function nameTaken(name: string): Problem {
  return new Problem('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.`, {
    hint: 'Deleted experiments keep their names: restore it, delete it for good, or choose another name.',
  })
}

/** The workspace's own root was checked when it was set; the server never opens it. */
function locationIn(artifactRoot: string | undefined, id: string): string {
  return artifactRoot === undefined ? `mlflow-artifacts:/${id}` : `${artifactRoot.replace(/\/+$/, '')}/${id}`
}

/** Every workspace has a Default experiment from its first day. Does nothing when it is there. */
export function makeEnsureDefaultExperiment({ clock }: { clock: TrackingDeps['clock'] }) {
  return async function ensureDefaultExperiment(
    tx: Tx,
    workspaceKey: number,
    artifactRoot?: string,
  ): Promise<void> {
    await tx.first(insert, {
      workspace: workspaceKey,
      id: DEFAULT_EXPERIMENT_ID,
      name: 'Default',
      location: locationIn(artifactRoot, DEFAULT_EXPERIMENT_ID),
      now: clock(),
    })
  }
}

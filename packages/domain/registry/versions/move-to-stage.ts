import { type Approval, type Caller, type Change, invalid } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { touchModel } from '../models/model-rows.ts'
import { alsoOf, type RegistryEvent, versionSubject, versionSubjects } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { ACTIVE_STAGES, type Stage } from '../stages.ts'
import type { FoundVersion } from './find-version.ts'

const othersOfStage = statement(
  'registry.others-of-stage',
  (k: Kysely<RegistryTables>, p: { model: number; version: number; stage: Stage }) =>
    k
      .selectFrom('model_versions')
      .select('version')
      .where('model_key', '=', p.model)
      .where('stage', '=', p.stage)
      .where('version_key', '!=', p.version)
      .orderBy('version'),
)

const setStage = statement(
  'registry.set-stage',
  (k: Kysely<RegistryTables>, p: { version: number; stage: Stage; now: number }) =>
    k
      .updateTable('model_versions')
      .set({ stage: p.stage, updated_at: p.now })
      .where('version_key', '=', p.version),
)

/** Takes all other versions of a stage out of it. */
const archiveOthers = statement(
  'registry.archive-others',
  (
    k: Kysely<RegistryTables>,
    p: { model: number; version: number; stage: Stage; archived: Stage; now: number },
  ) =>
    k
      .updateTable('model_versions')
      .set({ stage: p.archived, updated_at: p.now })
      .where('model_key', '=', p.model)
      .where('stage', '=', p.stage)
      .where('version_key', '!=', p.version),
)

/** A version that is to move to a stage. */
export type StageMove = Extract<Change, { kind: 'stage' }> & {
  readonly from: Stage
  readonly to: Stage
}

/** The other versions of a stage, lowest first. */
export async function othersIn(tx: Tx, version: FoundVersion, stage: Stage): Promise<number[]> {
  const rows = await tx.all(othersOfStage, { model: version.modelKey, version: version.key, stage })
  return rows.map((row) => row.version)
}

/** What a transition would change, of a version whose model is this transaction's. */
export async function planStage(
  tx: Tx,
  version: FoundVersion,
  to: Stage,
  archiveExisting: boolean,
): Promise<StageMove> {
  return {
    kind: 'stage',
    modelKey: version.modelKey,
    name: version.name,
    version: version.version,
    from: version.stage,
    to,
    archived: archiveExisting ? await othersIn(tx, version, to) : [],
  }
}

/** Whether a transition changes more than times. */
export const isMove = ({ from, to, archived }: StageMove) => from !== to || archived.length > 0

/** Makes a transition, and tells it where it is a move. */
export async function writeStage(
  { emit, clock }: Pick<RegistryDeps, 'emit' | 'clock'>,
  tx: Tx,
  caller: Caller,
  version: FoundVersion,
  move: StageMove,
  approval?: Approval,
): Promise<FoundVersion> {
  const { modelKey: model, name, to: stage, archived } = move
  const now = clock()
  if (archived.length > 0) {
    await tx.run(archiveOthers, { model, version: version.key, stage, archived: 'Archived', now })
  }
  await tx.run(setStage, { version: version.key, stage, now })
  await tx.run(touchModel, { model, now })
  if (isMove(move)) {
    await emit(tx, caller, {
      type: 'stage.changed',
      subject: versionSubject(name, version.version),
      on: model,
      ...alsoOf(versionSubjects(name, archived)),
      before: { stage: move.from },
      after: { stage, archived, ...(approval === undefined ? {} : { approval }) },
    } satisfies RegistryEvent)
  }
  return { ...version, stage, updatedAt: now }
}

/** MLflow writes the stage as it was given, and its list as Python does. */
export function checkIsActive(stage: Stage, given: string): void {
  if (ACTIVE_STAGES.includes(stage)) return
  throw invalid(
    `Model version transition cannot archive existing model versions because '${given}' is not an Active stage. Valid stages are [${ACTIVE_STAGES.map((active) => `'${active}'`).join(', ')}]`,
  )
}

import type { Caller } from '@orrery/base/kernel'
import type { Expectation } from '@orrery/drivers/artifacts'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { ArtifactDeps } from './artifact-deps.ts'
import type { OwnedPath } from './owner.ts'
import { type RecordedFile, recordedFile } from './recorded-files.ts'

const experimentId = statement(
  'tracking.id-of-experiment',
  (k: Kysely<TrackingTables>, p: { experiment: number }) =>
    k.selectFrom('experiments').select('experiment_id as id').where('experiment_key', '=', p.experiment),
)

/** As events call it: a file or folder, or all that an owner has. */
export const artifactSubject = ({ owner, path }: Pick<OwnedPath, 'owner' | 'path'>) =>
  `${owner}/artifacts${path === '' ? '' : `/${path}`}`

/**
 * Refuses with INVALID_STATE what a legal hold keeps. Files change before any transaction ends, so this one only asks.
 *
 * @param kind `replace`: other bytes under the same name
 */
export async function askHolds(
  { db, holds }: Pick<ArtifactDeps, 'db' | 'holds'>,
  caller: Caller,
  target: OwnedPath,
  kind: 'remove' | 'replace',
): Promise<void> {
  if (holds === undefined) return
  const { owner, experiment } = target
  const subject = artifactSubject(target)
  await db.inTx(async (tx) => {
    const row = experiment === undefined ? undefined : await tx.first(experimentId, { experiment })
    const held = [subject, owner, ...(row === undefined ? [] : [`experiments/${row.id}`])]
    await holds.ask(tx, caller, { kind, subject, held })
  })
}

/**
 * The file that a new one would take the place of; undefined where there is none. Nobody is asked about a new name, nor
 * about a file that says it is the same.
 *
 * @throws INVALID_STATE where a legal hold keeps what is there
 */
export async function findReplaceable(
  deps: Pick<ArtifactDeps, 'db' | 'holds'>,
  caller: Caller,
  file: OwnedPath,
  expect?: Expectation,
): Promise<RecordedFile | undefined> {
  const before = await recordedFile(deps.db.read, { ...file, workspace_key: caller.workspace.key })
  const isSame = before !== undefined && before.sha256 !== null && before.sha256 === expect?.sha256
  if (before !== undefined && !isSame) await askHolds(deps, caller, file, 'replace')
  return before
}

import { createHash } from 'node:crypto'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { FoundFile } from '@orrery/drivers/artifacts'
import { statement, type Value } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { ARTIFACT_FILE_ROWS } from './artifact-file-rows.ts'
import { bytesOf } from './bytes-of.ts'
import { findOwner, type OwnedPath } from './owner.ts'

const SLICE_ROWS = 200

const known = statement(
  'tracking.artifact-file',
  (k: Kysely<TrackingTables>, p: { workspace: number; root: string; path: string }) =>
    k
      .selectFrom('artifact_files')
      .select(['size', 'etag', 'sha256'])
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '=', p.path),
)

const after = statement(
  'tracking.artifact-files-after',
  (k: Kysely<TrackingTables>, p: { workspace: number; root: string; path: string }) =>
    k
      .selectFrom('artifact_files')
      .select(['root', 'path'])
      .where('workspace_key', '=', p.workspace)
      .where((where) =>
        where.or([
          where('root', '>', p.root),
          where.and([where('root', '=', p.root), where('path', '>', p.path)]),
        ]),
      )
      .orderBy('root')
      .orderBy('path')
      .limit(SLICE_ROWS),
)

const forget = statement(
  'tracking.forget-artifact-file',
  (k: Kysely<TrackingTables>, p: { workspace: number; root: string; path: string }) =>
    k
      .deleteFrom('artifact_files')
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '=', p.path),
)

export interface Rebuilt {
  /** Rows that were missing or wrong. */
  readonly written: number
  /** Rows whose file is gone. */
  readonly forgotten: number
  /** Files under no owner; they are left where they are. */
  readonly orphans: number
}

/**
 * Makes the table agree with the store, which is the truth: after a restore, or when files were changed below the
 * server. Reads a file only where its size or etag is not the recorded one. Short transactions; may be broken off
 * and started again.
 *
 * @param caller the system in the workspace to scan
 */
export function makeRebuildArtifactFiles(deps: Omit<ArtifactDeps, 'grants' | 'emit' | 'findWorkspace'>) {
  return async function rebuildArtifactFiles(caller: Caller, signal?: AbortSignal): Promise<Rebuilt> {
    const { written, orphans } = await recordFound(deps, caller, signal)
    const forgotten = await forgetGone(deps, caller, signal)
    await countAgain(deps, caller.workspace.key)
    return { written, forgotten, orphans }
  }
}

type Deps = Omit<ArtifactDeps, 'grants' | 'emit' | 'findWorkspace'>

async function recordFound(deps: Deps, caller: Caller, signal?: AbortSignal) {
  let rows: Value[][] = []
  let written = 0
  let orphans = 0
  const flush = async () => {
    const some = rows
    rows = []
    if (some.length > 0) await deps.db.inTx((tx) => tx.bulk(ARTIFACT_FILE_ROWS, some))
    written += some.length
  }
  for await (const found of deps.store.walk(String(caller.workspace.key))) {
    signal?.throwIfAborted()
    const file = await ownerOf(deps, caller, found)
    if (file === undefined) orphans++
    else {
      const row = await changedRow(deps, caller, file, found)
      if (row !== undefined) rows.push(row)
    }
    if (rows.length === SLICE_ROWS) await flush()
  }
  await flush()
  return { written, orphans }
}

async function countAgain({ db, meter }: Deps, workspace: number): Promise<void> {
  const bytes = await db.scan((reads) => bytesOf(reads, workspace))
  await db.inTx((tx) => meter.set(tx, workspace, 'artifact-bytes', bytes))
}

async function ownerOf(
  { db, findVersionFolder }: Deps,
  caller: Caller,
  { key }: FoundFile,
): Promise<OwnedPath | undefined> {
  try {
    return await findOwner(db.read, caller, key.slice(key.indexOf('/') + 1), findVersionFolder)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

async function changedRow(deps: Deps, caller: Caller, file: OwnedPath, found: FoundFile) {
  const { root, path } = file
  const workspace = caller.workspace.key
  const row = await deps.db.read.first(known, { workspace, root, path })
  if (row !== undefined && row.etag === found.etag && row.size === found.size) return undefined
  const sha256 = await hashOf(deps, found.key)
  if (sha256 === undefined) return undefined
  return [workspace, root, path, found.size, sha256, found.etag, Math.trunc(found.modifiedAtMs)]
}

/** Undefined if it vanished meanwhile. */
async function hashOf({ store }: Deps, key: string): Promise<string | undefined> {
  try {
    const hash = createHash('sha256')
    for await (const chunk of (await store.open(key)).bytes()) hash.update(chunk)
    return hash.digest('hex')
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

async function forgetGone({ db, store }: Deps, caller: Caller, signal?: AbortSignal): Promise<number> {
  const workspace = caller.workspace.key
  let at = { root: '', path: '' }
  let forgotten = 0
  for (;;) {
    signal?.throwIfAborted()
    const rows = await db.read.all(after, { workspace, ...at })
    for (const { root, path } of rows) {
      if ((await store.stat(`${workspace}/${root}/${path}`)) !== undefined) continue
      forgotten += await db.inTx((tx) => tx.run(forget, { workspace, root, path }))
    }
    const last = rows.at(-1)
    if (last === undefined) return forgotten
    at = { root: last.root, path: last.path }
  }
}

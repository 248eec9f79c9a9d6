import type { Caller } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { RegistryDeps } from '../deps.ts'
import type { FoundModel } from '../models/find-model.ts'
import { alsoOf, type RegistryEvent, told, toldTags, versionSubject } from '../registry-events.ts'
import type { Stage } from '../stages.ts'
import type { Content } from './content.ts'
import {
  copyFiles,
  insertSummary,
  insertVersionRow,
  newVersionFiles,
  newVersionTags,
  numberTaken,
} from './version-rows.ts'

/** What a new version begins with; `RegistryTables` says what the fields mean. All of it has been checked. */
export interface NewVersionFacts {
  readonly description: string | null
  readonly source: string
  readonly storageLocation: string
  readonly contentPath: string | null
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly folderId: string | null
  /** The version it is made of: its manifest is taken over, and `content.files` not looked at. */
  readonly sourceVersionKey: number | null
  /** The same, as events name it. */
  readonly sourceVersion?: { readonly name: string; readonly version: number } | undefined
  readonly content: Content
  readonly tags: ReadonlyMap<string, string>
  /** @default 'None'; another one is told as a change from it: whoever watches stages hears of imports as well. */
  readonly stage?: Stage | undefined
  /** One that the model never had; the next one if left out. */
  readonly number?: number | undefined
  /** The number it had in the archive that it came from. */
  readonly importedAs?: number | undefined
}

const FIRST_STAGE: Stage = 'None'

/**
 * Writes a version with its manifest, summary and tags, moves the model's last number and `updatedAt`, and tells it.
 *
 * @param model as `takeModel` found it, or as it was inserted, in this transaction; of several versions in one
 *   transaction each with the `lastVersion` that the one before has left
 */
export async function insertVersion(
  { emit, clock }: Pick<RegistryDeps, 'emit' | 'clock'>,
  tx: Tx,
  caller: Caller,
  model: FoundModel,
  facts: NewVersionFacts,
): Promise<{ readonly key: number; readonly version: number }> {
  const now = clock()
  const { stage = FIRST_STAGE } = facts
  const version = facts.number ?? model.lastVersion + 1
  const last = Math.max(version, model.lastVersion)
  await tx.run(numberTaken, { model: model.key, last, now })
  const row = await tx.first(insertVersionRow, rowOf(caller, model, version, facts, now))
  const { key } = row!
  await writeContent(tx, key, facts)
  await tx.bulk(
    newVersionTags,
    Array.from(facts.tags, ([tag, value]) => [key, tag, value]),
  )
  await emit(tx, caller, {
    type: 'version.created',
    subject: versionSubject(model.name, version),
    on: model.key,
    ...alsoOf(originsOf(facts)),
    before: undefined,
    after: {
      name: model.name,
      version,
      kind: model.kind,
      source: facts.source,
      runId: facts.runId,
      modelId: facts.modelId,
      manifestDigest: facts.content.manifest.digest,
      description: facts.description && told(facts.description),
      tags: toldTags(facts.tags),
      ...(facts.importedAs === undefined ? {} : { importedAs: facts.importedAs }),
    },
  } satisfies RegistryEvent)
  if (stage !== FIRST_STAGE) {
    await emit(tx, caller, {
      type: 'stage.changed',
      subject: versionSubject(model.name, version),
      on: model.key,
      before: { stage: FIRST_STAGE },
      after: { stage, archived: [] },
    } satisfies RegistryEvent)
  }
  return { key, version }
}

/** Whose story it belongs to that the version was made. */
function originsOf({ runId, modelId, sourceVersion }: NewVersionFacts): string[] {
  return [
    ...(runId === '' ? [] : [`runs/${runId}`]),
    ...(modelId === '' ? [] : [`logged-models/${modelId}`]),
    ...(sourceVersion === undefined ? [] : [versionSubject(sourceVersion.name, sourceVersion.version)]),
  ]
}

async function writeContent(
  tx: Tx,
  key: number,
  { content, sourceVersionKey }: NewVersionFacts,
): Promise<void> {
  if (sourceVersionKey !== null) await tx.run(copyFiles, { from: sourceVersionKey, to: key })
  else if (content.files.length > 0) {
    await tx.bulk(
      newVersionFiles,
      content.files.map(({ path, size, sha256 }) => [key, path, size, sha256]),
    )
  }
  if (content.summary === null) return
  await tx.run(insertSummary, { version_key: key, summary: JSON.stringify(content.summary) })
}

function rowOf(caller: Caller, model: FoundModel, version: number, facts: NewVersionFacts, now: number) {
  const { content } = facts
  return {
    workspace_key: caller.workspace.key,
    model_key: model.key,
    version,
    stage: facts.stage ?? FIRST_STAGE,
    description: facts.description,
    user_id: caller.principal.name,
    source: facts.source,
    storage_location: facts.storageLocation,
    content_path: facts.contentPath,
    run_id: facts.runId,
    run_link: facts.runLink,
    model_id: facts.modelId,
    source_version_key: facts.sourceVersionKey,
    folder_id: facts.folderId,
    status: 'READY',
    status_message: null,
    type: content.type,
    runs_code: content.runsCode ? 1 : 0,
    manifest: content.manifest.state,
    manifest_digest: content.manifest.digest,
    manifest_files: content.manifest.files,
    manifest_bytes: content.manifest.bytes,
    created_at: now,
    updated_at: now,
  } as const
}

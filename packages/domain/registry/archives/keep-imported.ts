import { type Caller, must, type Placed, Problem } from '@orrery/base/kernel'
import type { BulkInsert, Tx } from '@orrery/drivers/db'
import { recordOwned } from '../../tracking/index.ts'
import type { ArchivedVersion, ArchiveIndex, Imported } from '../archives.ts'
import type { RegistryDeps } from '../deps.ts'
import { insertModel } from '../models/create-model.ts'
import { type FoundModel, takeModel } from '../models/find-model.ts'
import type { ModelKind } from '../registered-model.ts'
import { automaticTags } from '../registration/automatic-tags.ts'
import type { Content } from '../registration/content.ts'
import { insertVersion, type NewVersionFacts } from '../registration/insert-version.ts'
import { modelSubject, type RegistryEvent, versionSubjects } from '../registry-events.ts'
import { giveFolder } from './claims.ts'
import { ownFolder, ownLocation } from './own-folder.ts'
import type { ReceivedVersion } from './receive-files.ts'
import { tagsFromArchive } from './tags-from-archive.ts'

/** What a model that is made of an archive begins with. */
export type ImportedModel = ArchiveIndex['model']

/** A version whose files are here and have been looked into. */
export interface DescribedVersion extends ReceivedVersion {
  readonly content: Content
}

const newAliases: BulkInsert = {
  table: 'model_aliases',
  columns: { model_key: 'int', alias: 'text', version: 'int' },
  key: ['model_key', 'alias'],
  onClash: 'fail',
}

/** About what a row of a file weighs while it waits. */
const FILE_BYTES = 300

/** Makes versions of what an archive brought, in one transaction. */
export async function keepImported(
  deps: Pick<RegistryDeps, 'db' | 'emit' | 'clock' | 'meter' | 'ownership' | 'policy'>,
  caller: Caller,
  imported: ImportedModel,
  versions: readonly DescribedVersion[],
): Promise<Imported> {
  const inOrder = [...versions].sort((a, b) => a.archived.version - b.archived.version)
  const bytes = versions.reduce((sum, { files }) => sum + files.length * FILE_BYTES, 1024)
  return deps.db.inTx(
    async (tx) => {
      const { model, created } = await takeOrMake(deps, tx, caller, imported, versions)
      const numbers: { archived: number; version: number }[] = []
      let { lastVersion } = model
      for (const one of inOrder) {
        const tags = tagsOf(one, imported.kind)
        const facts = factsOf(one, tags, created)
        const { key, version } = await insertVersion(deps, tx, caller, { ...model, lastVersion }, facts)
        lastVersion = Math.max(lastVersion, version)
        if (one.folderId !== null) {
          await giveFolder(tx, one.folderId, key)
          await recordOwned(deps, tx, caller, ownFolder(one.folderId), one.files, deps.clock())
        }
        numbers.push({ archived: one.archived.version, version })
      }
      if (created) await setAliases(deps, tx, caller, model, imported.aliases)
      return { name: model.name, created, versions: numbers }
    },
    { bytes },
  )
}

/** Of a model that has none yet. */
async function setAliases(
  { emit }: Pick<RegistryDeps, 'emit'>,
  tx: Tx,
  caller: Caller,
  { key, name, kind }: FoundModel,
  aliases: ImportedModel['aliases'],
): Promise<void> {
  await tx.bulk(
    newAliases,
    aliases.map(({ alias, version }) => [key, alias, version]),
  )
  for (const { alias, version } of aliases) {
    await emit(tx, caller, {
      type: 'alias.set',
      subject: modelSubject(name),
      on: key,
      also: versionSubjects(name, [version]),
      before: { alias, version: null },
      after: { alias, version, kind },
    } satisfies RegistryEvent)
  }
}

/**
 * The model of that name, made if it is not there. Of two imports that make it at once the second finds it when the
 * first is done.
 */
async function takeOrMake(
  deps: Pick<RegistryDeps, 'emit' | 'clock' | 'ownership' | 'policy'>,
  tx: Tx,
  caller: Caller,
  imported: ImportedModel,
  versions: readonly DescribedVersion[],
): Promise<{ model: FoundModel; created: boolean }> {
  const { name, kind, description, tags } = imported
  const there = await takeIfThere(tx, caller, name, kind)
  if (there !== undefined) return { model: there, created: false }
  const placed = placedBy(imported, versions)
  if (placed.length > 0) {
    must(caller, 'model.create')
    await deps.policy?.ask(tx, caller, { kind: 'import', modelKey: 0, name, placed })
  }
  try {
    const all = new Map(tags.map(({ key, value }) => [key, value]))
    return { model: await insertModel(deps, tx, caller, { name, description, tags: all }), created: true }
  } catch (error) {
    const made = isTaken(error) ? await takeIfThere(tx, caller, name, kind) : undefined
    if (made === undefined) throw error
    return { model: made, created: false }
  }
}

/** What of the archive comes into stages and gets aliases, where it makes a model. */
function placedBy({ aliases }: ImportedModel, versions: readonly DescribedVersion[]): Placed[] {
  return versions
    .map(({ archived: { version, stage } }) => ({
      version,
      stage,
      aliases: aliases.filter((one) => one.version === version).map(({ alias }) => alias),
    }))
    .filter(({ stage, aliases }) => stage !== 'None' || aliases.length > 0)
}

async function takeIfThere(
  tx: Tx,
  caller: Caller,
  name: string,
  kind: ModelKind,
): Promise<FoundModel | undefined> {
  try {
    const model = await takeModel(tx, caller, name, 'model.write')
    checkKind(model, kind)
    return model
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

const isTaken = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_ALREADY_EXISTS'

/** A name means a model or a prompt. Throws RESOURCE_ALREADY_EXISTS. */
export function checkKind(model: { readonly name: string; readonly kind: ModelKind }, kind: ModelKind): void {
  if (model.kind === kind) return
  throw new Problem(
    'RESOURCE_ALREADY_EXISTS',
    `The name '${model.name}' is already taken by a ${model.kind}, and the archive holds a ${kind}.`,
    { hint: 'Import it by another name.' },
  )
}

function tagsOf({ archived, content }: DescribedVersion, kind: ModelKind): Map<string, string> {
  if (kind === 'prompt') return new Map(archived.tags.map(({ key, value }) => [key, value]))
  return automaticTags({ run: null, content }, tagsFromArchive(archived))
}

function factsOf(
  { archived, content, folderId }: DescribedVersion,
  tags: ReadonlyMap<string, string>,
  created: boolean,
): NewVersionFacts {
  const place = folderId === null ? placeholderOf(archived) : ownLocation(folderId)
  return {
    description: archived.description,
    source: place,
    storageLocation: place,
    contentPath: folderId === null ? null : ownFolder(folderId),
    // Runs and logged models of another server: here these ids would name something else, or nothing.
    runId: '',
    runLink: '',
    modelId: '',
    folderId,
    sourceVersionKey: null,
    content,
    tags,
    stage: created ? archived.stage : 'None',
    number: created ? archived.version : undefined,
    importedAs: archived.version,
  }
}

const PLACEHOLDERS = ['dummy-source', 'prompt-template']

/** Where MLflow says that the version of a prompt is. */
function placeholderOf({ source }: ArchivedVersion): string {
  return PLACEHOLDERS.includes(source) ? source : 'dummy-source'
}

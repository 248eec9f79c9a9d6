import { type Caller, must, Problem, readableHas } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkDescription, checkModelName, checkModelTag, distinctTags } from '../names.ts'
import { IS_PROMPT_TAG, kindOf, type ModelKind, type RegisteredModel } from '../registered-model.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent, told, toldTags } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { asPythonText } from './as-python-text.ts'
import type { FoundModel } from './find-model.ts'
import { loadModels } from './load-models.ts'
import { modelTag, modelTagRows } from './model-rows.ts'

/** What a model begins with. Names, tags and description have been checked. */
export interface NewModel {
  readonly name: string
  readonly description: string | null
  readonly tags: ReadonlyMap<string, string>
}

interface NewRow {
  workspace: number
  name: string
  kind: ModelKind
  description: string | null
  now: number
}

const insert = statement('registry.insert-model', (k: Kysely<RegistryTables>, p: NewRow) =>
  k
    .insertInto('registered_models')
    .values({
      workspace_key: p.workspace,
      name: p.name,
      kind: p.kind,
      description: p.description,
      last_version: 0,
      created_at: p.now,
      updated_at: p.now,
    })
    .onConflict((clash) => clash.doNothing())
    .returning('model_key as key'),
)

const keyOfName = statement(
  'registry.model-key-of-name',
  (k: Kysely<RegistryTables>, p: { workspace: number; name: string }) =>
    k
      .selectFrom('registered_models')
      .select('model_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', p.name),
)

export function makeCreateModel(deps: RegistryDeps): Models['create'] {
  return async function createModel(caller, input): Promise<RegisteredModel> {
    checkModelName(input.name)
    const tags = distinctTags(input.tags, checkModelTag)
    checkDescription(input.description)
    const { name, description = null } = input
    const bytes = Array.from(tags).reduce((sum, [key, value]) => sum + key.length + value.length, 1024)
    return deps.db.inTx(
      async (tx) => {
        const model = await insertModel(deps, tx, caller, { name, description, tags })
        const [shown] = await loadModels(tx, [model])
        return shown!
      },
      { bytes },
    )
  }
}

/**
 * A new model without versions, in the transaction of what it is made for, with its event. Whoever makes it may do
 * everything with it. The row is this transaction's until it ends, as with `takeModel`.
 *
 * @throws RESOURCE_ALREADY_EXISTS where the name is taken, also by a model that the caller may not read
 */
export async function insertModel(
  { emit, clock, ownership }: Pick<RegistryDeps, 'emit' | 'clock' | 'ownership'>,
  tx: Tx,
  caller: Caller,
  { name, description, tags }: NewModel,
): Promise<FoundModel> {
  must(caller, 'model.create')
  const now = clock()
  const kind = kindOf(tags.get(IS_PROMPT_TAG))
  const row = await tx.first(insert, { workspace: caller.workspace.key, name, kind, description, now })
  if (row === undefined) throw await nameTaken(tx, caller, { name, prompt: tags.has(IS_PROMPT_TAG) })
  const { key } = row
  await tx.bulk(
    modelTagRows,
    Array.from(tags, ([tag, value]) => [key, tag, value]),
  )
  await ownership.created(tx, caller, { kind: 'model', key })
  await emit(tx, caller, {
    type: 'model.registered',
    subject: modelSubject(name),
    on: key,
    before: undefined,
    after: { name, kind, description: description && told(description), tags: toldTags(tags) },
  } satisfies RegistryEvent)
  return { key, name, kind, description, lastVersion: 0, createdAt: now, updatedAt: now }
}

/**
 * MLflow's sentences. By these a prompt is what has the tag, whatever its value. Of a model that the caller may not
 * read they tell that the name is taken and nothing else.
 *
 * @param wanted.prompt whether the new one has the tag
 */
async function nameTaken(
  tx: Tx,
  caller: Caller,
  { name, prompt }: { name: string; prompt: boolean },
): Promise<Problem> {
  const noun = (isPrompt: boolean) => (isPrompt ? 'Prompt' : 'Registered Model')
  const taken = await tx.first(keyOfName, { workspace: caller.workspace.key, name })
  if (taken !== undefined && readableHas(caller.readable('model'), taken.key)) {
    const tag = await tx.first(modelTag, { model: taken.key, key: IS_PROMPT_TAG })
    if ((tag !== undefined) !== prompt) {
      return new Problem(
        'RESOURCE_ALREADY_EXISTS',
        `Tried to create a ${noun(prompt).toLowerCase()} with name ${asPythonText(name)}, but the name is already taken by a ${noun(!prompt).toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
      )
    }
  }
  return new Problem('RESOURCE_ALREADY_EXISTS', `${noun(prompt)} (name=${name}) already exists.`)
}

import type { Reads } from '@orrery/drivers/db'
import type { LoggedEvent } from '../log.ts'
import type { PromptText } from '../seams.ts'
import { type MlflowEventName, mlflowEventName } from './mlflow-events.ts'

/** The `data` of a webhook's body; the keys are those of mlflow/webhooks/types.py. */
export type MlflowData = Readonly<Record<string, unknown>>

type Fields = Readonly<Record<string, unknown>>
type Texts = Readonly<Record<string, string>>

/** Reads what an event holds only the beginning of. @param key of a tag; left out: the description */
type Whole = (text: string, key?: string) => Promise<string>

/** What MLflow keeps as tags of a prompt and does not tell as such. */
const IS_PROMPT = 'mlflow.prompt.is_prompt'
const PROMPT_TYPE = '_mlflow_prompt_type'
const PROMPT_TEXT = 'mlflow.prompt.text'

/** From this length on a text may be a beginning: events hold so many characters of it. */
const CUT_AT = 1_000

/** What is told of an event, under MLflow's name; undefined where MLflow tells nothing. */
export async function mlflowPayload(
  reads: Reads,
  promptText: PromptText,
  event: LoggedEvent,
): Promise<{ readonly name: MlflowEventName; readonly data: MlflowData } | undefined> {
  const name = mlflowEventName(event)
  if (name === undefined) return undefined
  const of = placeOf(event.subject)
  const whole: Whole = (text, key) =>
    restored(text, () => promptText(reads, event.workspaceKey, key === undefined ? of : { ...of, key }))
  return { name, data: await dataOf(name, event, whole) }
}

async function dataOf(name: MlflowEventName, event: LoggedEvent, whole: Whole): Promise<MlflowData> {
  const { before = {}, after = {} } = event
  const of = placeOf(event.subject)
  const place = of.version === undefined ? { name: of.name } : { name: of.name, version: String(of.version) }
  switch (event.type) {
    case 'model.registered':
      // Of a model without a description MLflow tells an empty one, of a version null.
      return {
        ...place,
        ...(await created(name, after, whole)),
        description: await described(after, whole, ''),
      }
    case 'version.created': {
      const { template, tags } = await created(name, after, whole)
      const source = { source: after.source, run_id: after.runId || null }
      const content = name === 'prompt_version.created' ? { template: template ?? null } : source
      return { ...place, ...content, tags, description: await described(after, whole, null) }
    }
    case 'alias.set':
      return { ...place, alias: after.alias, version: String(after.version) }
    case 'alias.removed':
      return { ...place, alias: before.alias }
    case 'model.tag-deleted':
    case 'version.tag-deleted':
      return { ...place, key: Object.keys(textsOf(before.tags))[0] }
    default: {
      const [key = '', value = ''] = Object.entries(textsOf(after.tags))[0] ?? []
      return { ...place, key, value: await whole(value, key) }
    }
  }
}

/** Tags of something new, in full; of a prompt without those by which MLflow knows it. */
async function created(
  name: MlflowEventName,
  after: Fields,
  whole: Whole,
): Promise<{ readonly tags: Texts; readonly template?: string }> {
  const tags = new Map<string, string>()
  for (const [key, value] of Object.entries(textsOf(after.tags))) tags.set(key, await whole(value, key))
  const template = tags.get(PROMPT_TEXT)
  if (name.startsWith('prompt')) for (const key of [IS_PROMPT, PROMPT_TYPE]) tags.delete(key)
  if (name !== 'prompt_version.created' || template === undefined) return { tags: Object.fromEntries(tags) }
  tags.delete(PROMPT_TEXT)
  return { tags: Object.fromEntries(tags), template }
}

async function described<None>({ description }: Fields, whole: Whole, none: None): Promise<string | None> {
  return typeof description === 'string' && description !== '' ? whole(description) : none
}

const textsOf = (tags: unknown): Texts => (tags ?? {}) as Texts

/** Names of models hold no `/`. */
function placeOf(subject: string): { readonly name: string; readonly version?: number } {
  const [, name = '', , version] = subject.split('/')
  return version === undefined ? { name } : { name, version: Number(version) }
}

/** The whole text, if what is there now still begins so; otherwise the beginning. */
async function restored(text: string, read: () => Promise<string | undefined>): Promise<string> {
  if (text.length < CUT_AT) return text
  const whole = await read()
  return whole?.slice(0, text.length).toWellFormed() === text ? whole : text
}

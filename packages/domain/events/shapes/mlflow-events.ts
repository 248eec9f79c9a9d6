import { invalid } from '@orrery/base/kernel'
import type { Event } from '../event.ts'
import type { AttributeCondition, SubscriptionFilter } from '../subscription.ts'

/*
 * MLflow's webhooks name what happens by an entity and an action, and name prompts apart from models; here both are
 * models, with their kind among the facts. So a list of MLflow's names is not a list of our types, and a filter names
 * them by a field that is made for it, `mlflow.event`.
 */

/** MLflow's names, `entity.action`, by the type of our event: that of a model, then that of a prompt. */
const NAMES = {
  'model.registered': ['registered_model.created', 'prompt.created'],
  'version.created': ['model_version.created', 'prompt_version.created'],
  'version.tag-set': ['model_version_tag.set', 'prompt_version_tag.set'],
  'version.tag-deleted': ['model_version_tag.deleted', 'prompt_version_tag.deleted'],
  'alias.set': ['model_version_alias.created', 'prompt_alias.created'],
  'alias.removed': ['model_version_alias.deleted', 'prompt_alias.deleted'],
  'model.tag-set': [undefined, 'prompt_tag.set'],
  'model.tag-deleted': [undefined, 'prompt_tag.deleted'],
} as const

/** MLflow sends it for its AI gateway. It can be subscribed to, and never happens here. */
const NEVER = 'budget_policy.exceeded'

export type MlflowType = keyof typeof NAMES
export type MlflowEventName = Exclude<(typeof NAMES)[MlflowType][number], undefined> | typeof NEVER

const TYPES = Object.keys(NAMES) as readonly MlflowType[]

/** In the order in which MLflow's documents list them. */
export const MLFLOW_EVENTS: readonly MlflowEventName[] = [
  'registered_model.created',
  'model_version.created',
  'model_version_tag.set',
  'model_version_tag.deleted',
  'model_version_alias.created',
  'model_version_alias.deleted',
  'prompt.created',
  'prompt_version.created',
  'prompt_tag.set',
  'prompt_tag.deleted',
  'prompt_version_tag.set',
  'prompt_version_tag.deleted',
  'prompt_alias.created',
  'prompt_alias.deleted',
  NEVER,
]

/** The field of a filter that holds an event's name at MLflow; events without one do not have the field. */
export const MLFLOW_EVENT_FIELD = 'mlflow.event'

/** What MLflow calls an event; undefined for what it does not tell. */
export function mlflowEventName({
  type,
  before,
  after,
}: Pick<Event, 'before' | 'after'> & { readonly type: string }): MlflowEventName | undefined {
  if (!Object.hasOwn(NAMES, type)) return undefined
  const [ofModel, ofPrompt] = NAMES[type as MlflowType]
  return (after?.kind ?? before?.kind) === 'prompt' ? ofPrompt : ofModel
}

/** The filter that lets these events through and no others. */
export function mlflowFilter(names: readonly MlflowEventName[]): SubscriptionFilter {
  const types = TYPES.filter((type) => NAMES[type].some((name) => name !== undefined && names.includes(name)))
  return {
    // Of an event that never happens there is no type to name.
    ...(types.length === 0 ? {} : { types }),
    attributes: [{ field: MLFLOW_EVENT_FIELD, operator: 'in', values: [...new Set(names)] }],
  }
}

/**
 * Which of MLflow's events a filter may let through, whoever made it, in the order in which it names them; subjects and
 * other fields are not looked at.
 */
export function mlflowEventsOf(filter: SubscriptionFilter): readonly MlflowEventName[] {
  const types = TYPES.filter((type) => isAmong(type, filter.types))
  const conditions = (filter.attributes ?? []).filter(({ field }) => field === MLFLOW_EVENT_FIELD)
  const happens = (name: MlflowEventName) =>
    name === NEVER
      ? filter.types === undefined || conditions.length > 0
      : types.some((type) => NAMES[type].some((ofType) => ofType === name))
  return namedBy(conditions).filter(
    (name) => happens(name) && conditions.every((condition) => mayMeet(name, condition)),
  )
}

function namedBy(conditions: readonly AttributeCondition[]): readonly MlflowEventName[] {
  const listed = conditions
    .find(({ operator }) => operator === 'in')
    ?.values.map((value) => value.toLowerCase())
  if (listed === undefined) return MLFLOW_EVENTS
  return MLFLOW_EVENTS.filter((name) => listed.includes(name)).toSorted(
    (a, b) => listed.indexOf(a) - listed.indexOf(b),
  )
}

function isAmong(type: string, types: readonly string[] | undefined): boolean {
  if (types === undefined) return true
  return types.some((wanted) =>
    wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted,
  )
}

/** Whether the name meets a condition on it; of operators that nobody needs here the answer is yes. */
function mayMeet(name: string, { operator, values }: AttributeCondition): boolean {
  const given = values.map((value) => value.toLowerCase())
  if (operator === 'equals' || operator === 'in') return given.includes(name)
  if (operator === 'not-equals' || operator === 'not-in') return !given.includes(name)
  if (operator === 'begins-with') return given.some((value) => name.startsWith(value))
  if (operator === 'ends-with') return given.some((value) => name.endsWith(value))
  if (operator === 'contains') return given.some((value) => name.includes(value))
  return true
}

/** @throws INVALID_PARAMETER_VALUE for a filter of a subscription to MLflow's webhooks that lets none of its events through */
export function checkMlflowFilter(filter: SubscriptionFilter): void {
  if (mlflowEventsOf(filter).length > 0) return
  throw invalid(
    "The field 'filter' lets none of MLflow's webhook events through, so nothing would ever be sent.",
    `Leave 'types' out, name one of ${TYPES.join(', ')}, or choose another shape.`,
  )
}

/** @throws INVALID_PARAMETER_VALUE */
export function checkMlflowEvent(name: string, field: string): MlflowEventName {
  const found = MLFLOW_EVENTS.find((known) => known === name)
  if (found !== undefined) return found
  throw invalid(
    `Invalid value ${JSON.stringify(name.slice(0, 100))} for parameter '${field}' supplied: must be one of ${MLFLOW_EVENTS.join(', ')}.`,
  )
}

/**
 * The event that a test of a subscription sends: of MLflow's name, of a type of the catalogue that MLflow tells, or the
 * first of the filter.
 *
 * @throws INVALID_PARAMETER_VALUE for what MLflow does not tell
 */
export function mlflowTestEvent(type: string | undefined, filter: SubscriptionFilter): MlflowEventName {
  const wanted = mlflowEventsOf(filter)
  if (type === undefined) return wanted[0] ?? MLFLOW_EVENTS[0]!
  if (!Object.hasOwn(NAMES, type)) return checkMlflowEvent(type, 'type')
  const ofType: readonly (MlflowEventName | undefined)[] = NAMES[type as MlflowType]
  return wanted.find((name) => ofType.includes(name)) ?? ofType.find((name) => name !== undefined)!
}

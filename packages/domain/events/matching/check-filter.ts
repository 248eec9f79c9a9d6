import { EVENTS } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import {
  type AttributeCondition,
  OPERATORS,
  SUBSCRIPTION_LIMITS,
  type SubscriptionFilter,
} from '../subscription.ts'
import { isWildcard, typesBelow } from './compile-filter.ts'

const {
  types: MOST_TYPES,
  attributes: MOST_ATTRIBUTES,
  values: MOST_VALUES,
  valueLength,
} = SUBSCRIPTION_LIMITS
const NUMERIC: readonly string[] = ['less', 'at-most', 'greater', 'at-least']
const FIELD = /^(?:actor|reason|mlflow\.event|(?:before|after)\..+)$/s
const MOST_DOTS = 10

/** Refuses with INVALID_PARAMETER_VALUE. @param field as it is called in the sentence */
export function checkFilter(filter: SubscriptionFilter, field = 'filter'): SubscriptionFilter {
  if (filter.types !== undefined) checkTypes(filter.types, `${field}.types`)
  checkLength(filter.subjectBegins ?? '', `${field}.subject_begins`)
  checkLength(filter.subjectEnds ?? '', `${field}.subject_ends`)
  const attributes = filter.attributes ?? []
  if (attributes.length > MOST_ATTRIBUTES) {
    throw invalid(
      `'${field}.attributes' has ${attributes.length} conditions; at most ${MOST_ATTRIBUTES} are allowed.`,
    )
  }
  for (const [i, attribute] of attributes.entries()) checkAttribute(attribute, `${field}.attributes[${i}]`)
  return filter
}

function checkTypes(types: readonly string[], field: string): void {
  if (types.length === 0) throw invalid(`'${field}' is empty: name types, or leave it out for all.`)
  if (types.length > MOST_TYPES) {
    throw invalid(`'${field}' names ${types.length} types; at most ${MOST_TYPES} are allowed.`)
  }
  const unknown = types.find(
    (type) => !(isWildcard(type) ? typesBelow(type).length > 0 : Object.hasOwn(EVENTS, type)),
  )
  if (unknown === undefined) return
  throw invalid(
    `'${field}' names '${unknown.slice(0, 100)}', which is no type of event.`,
    'GET /api/orrery/v1/events/catalogue lists them; `run.*` stands for all of a noun.',
  )
}

function checkAttribute({ field: name, operator, values }: AttributeCondition, field: string): void {
  if (!FIELD.test(name) || name.split('.').length > MOST_DOTS + 1) {
    throw invalid(
      `'${field}.field' is '${name.slice(0, 100)}'; allowed are 'actor', 'reason', 'before.<name>' and 'after.<name>'.`,
    )
  }
  checkLength(name, `${field}.field`)
  if (!OPERATORS.includes(operator)) {
    throw invalid(
      `'${field}.operator' is '${String(operator).slice(0, 100)}'; allowed are ${OPERATORS.join(', ')}.`,
    )
  }
  const most = operator === 'in' || operator === 'not-in' ? MOST_VALUES : 1
  if (values.length === 0 || values.length > most) {
    const allowed = most === 1 ? 'exactly one' : `one to ${most}`
    throw invalid(`'${field}.values' has ${values.length} values; '${operator}' takes ${allowed}.`)
  }
  for (const value of values) checkLength(value, `${field}.values`)
  if (NUMERIC.includes(operator) && !isNumber(values[0]!)) {
    throw invalid(`'${field}.values' is '${values[0]!.slice(0, 100)}'; '${operator}' takes a number.`)
  }
}

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text))

function checkLength(text: string, field: string): void {
  if (text.length <= valueLength) return
  throw invalid(`'${field}' has ${text.length} characters; at most ${valueLength} are allowed.`)
}

import { invalid } from '@orrery/base/kernel'
import { cutTo, isLongerThan, LIMITS } from './limits.ts'
import type { KeyValue } from './runs/run.ts'

const KEY_CHARACTERS = /^[/\p{L}\p{N}_.\- :]*$/u

/** `.`, `..`, empty segments, a slash at either end, or two leading dots: such a key would name another file. */
const NOT_A_PLAIN_PATH = /^$|^\.\.|^\.$|^\/|\/$|\/\/|\/\.\.?(\/|$)|^\.\//

/**
 * Refuses a name of a metric, param or tag that MLflow refuses.
 *
 * @param field where the name stands in the request, e.g. `metrics[3].name`
 */
export function checkKey(name: string, field: string): void {
  const given = `Invalid value ${JSON.stringify(name)} for parameter '${field}' supplied: `
  if (!KEY_CHARACTERS.test(name)) {
    throw invalid(
      `${given}Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  if (NOT_A_PLAIN_PATH.test(name)) {
    throw invalid(
      `${given}Names may be treated as files in certain cases, and must not resolve to other names when treated as such.`,
    )
  }
}

export function checkLength(text: string, limit: number, field: string): void {
  if (isLongerThan(text, limit)) throw invalid(`'${field}' exceeds the maximum length of ${limit} characters`)
}

/** Refuses a list that is too long for one call. */
export function checkCount(list: readonly unknown[], field: string): void {
  if (list.length <= LIMITS.entriesPerCall) return
  throw invalid(
    `'${field}' has ${list.length} entries; at most ${LIMITS.entriesPerCall} are allowed in one call.`,
    'Send the others in further calls.',
  )
}

/** A param as it will be stored: the key checked, a value that is too long cut. */
export function asParam(param: KeyValue, field: string): KeyValue {
  checkKey(param.key, join(field, 'key'))
  checkLength(param.key, LIMITS.key, 'Param key')
  return { key: param.key, value: cutTo(param.value, LIMITS.paramValue) }
}

/** A run's tag as it will be stored: the key checked, a value that is too long cut. */
export function asRunTag(tag: KeyValue, field: string): KeyValue {
  checkKey(tag.key, join(field, 'key'))
  checkLength(tag.key, LIMITS.key, join(field, 'key'))
  return { key: tag.key, value: cutTo(tag.value, LIMITS.tagValue) }
}

/** An experiment's tag: too long is refused, as MLflow does. */
export function checkExperimentTag(tag: KeyValue): void {
  checkKey(tag.key, 'key')
  checkLength(tag.key, LIMITS.key, 'key')
  checkLength(tag.value, LIMITS.experimentTagValue, 'value')
}

const join = (field: string, part: string) => (field === '' ? part : `${field}.${part}`)

import { invalid } from '@orrery/base/kernel'
import { checkCount, checkKey, checkLength, isLongerThan } from '../tracking/index.ts'
import { LIMITS } from './limits.ts'
import type { Tag } from './registered-model.ts'

/**
 * Refuses a name of a model that MLflow refuses, and one that a database cannot keep.
 *
 * @param field for messages: `name` or `new_name`
 */
export function checkModelName(name: string, field = 'name'): void {
  if (name.trim() === '') throw invalid(`Missing value for required parameter '${field}'.`)
  if (/[/:]/.test(name)) {
    throw invalid(`Invalid model name '${name.slice(0, 300)}'. Names cannot contain '/' or ':'.`)
  }
  if (name === '.' || name.startsWith('..')) {
    throw invalid(
      `Invalid value ${JSON.stringify(name.slice(0, 300))} for parameter '${field}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${name.slice(0, 300)}'`,
    )
  }
  checkStorable(name, field)
  checkLength(name, LIMITS.name, field)
}

/** Refuses an alias that MLflow refuses to set or to look for. */
export function checkAlias(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.')
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias.slice(0, 300)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  }
  checkLength(alias, LIMITS.alias, 'Registered model alias name')
}

/** Refuses the aliases that mean something of their own: `latest`, `v7`. They may be looked for and not be set. */
export function checkAliasIsFree(alias: string): void {
  if (alias.toLowerCase() === 'latest') {
    throw invalid("'latest' alias name (case insensitive) is reserved.")
  }
  if (/^v\p{Nd}+$/iu.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
}

/** A tag's key, as set and as deleted. */
export function checkTagKey(key: string): void {
  checkKey(key, 'key')
  checkLength(key, LIMITS.tagKey, 'key')
}

export function checkModelTag({ key, value }: Tag): void {
  checkTagKey(key)
  checkStorable(value, 'value')
  checkLength(value, LIMITS.tagValue, 'value')
}

/** As for models, with MLflow's own sentence about the text of a prompt. */
export function checkVersionTag({ key, value }: Tag): void {
  checkTagKey(key)
  checkStorable(value, 'value')
  if (key === 'mlflow.prompt.text' && isLongerThan(value, LIMITS.tagValue)) {
    throw invalid(`Prompt text exceeds max length of ${LIMITS.tagValue} characters.`)
  }
  checkLength(value, LIMITS.tagValue, 'value')
}

/** The tags of one call, each checked; of two with one key the last counts, as in MLflow. */
export function distinctTags(
  tags: readonly Tag[] | undefined,
  check: (tag: Tag) => void,
): Map<string, string> {
  checkCount(tags ?? [], 'tags')
  for (const tag of tags ?? []) check(tag)
  return new Map((tags ?? []).map(({ key, value }) => [key, value]))
}

export function checkDescription(description: string | undefined): void {
  if (description === undefined) return
  checkStorable(description, 'description')
  checkLength(description, LIMITS.description, 'description')
}

/**
 * A version's number as callers write it. MLflow reads it with Python's `int`, so blanks around it, a sign and single
 * underscores between digits are fine. One that no version can have becomes 0, which none has.
 */
export function parseVersion(given: string): number {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(given)) {
    throw invalid(`Parameter 'version' must be an integer, got '${given.slice(0, 100)}'.`)
  }
  const version = Number(given.replaceAll('_', ''))
  return Number.isSafeInteger(version) && version > 0 ? version : 0
}

/** PostgreSQL keeps no NUL in a text, and half a character is none in UTF-8. */
export function checkStorable(text: string, field: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw invalid(`Invalid value for parameter '${field}': it holds a NUL or half of a character.`)
  }
}

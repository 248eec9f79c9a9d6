import { comparator, direction, entryClause, filterOf, list, space, textTest } from './clauses.ts'
import type { Corpus } from './corpus.ts'
import type { Question } from './question.ts'
import type { Choices } from './random.ts'
import { PROMPT_TAG, REGISTERED_NAMES, STAGES } from './registry-corpus.ts'
import { TAG_KEYS } from './words.ts'

/** About registered models or model versions. */
export function makeRegistryQuestion(choices: Choices, corpus: Corpus): Question {
  if (choices.chance(0.4)) {
    return {
      of: 'registered models',
      filter: withPromptTag(
        choices,
        filterOf(choices, () => modelClause(choices)),
      ),
      orderBy: list(choices, [0.4, 0.8, 1], () => modelOrder(choices)),
    }
  }
  return {
    of: 'model versions',
    filter: withPromptTag(
      choices,
      filterOf(choices, () => versionClause(choices, corpus)),
    ),
    orderBy: list(choices, [0.35, 0.7, 0.9, 1], () => versionOrder(choices)),
  }
}

/** As the client asks, which always says whether it means prompts, and as nobody does. */
function withPromptTag(choices: Choices, filter: string): string {
  if (choices.chance(0.7)) return filter
  const test = choices.one([
    ...["= 'true'", "= 'true'", "!= 'true'", "= 'false'", "!= 'false'"],
    ...["= 'True'", "LIKE 'tr%'", "ILIKE 'TRUE'"],
  ])
  const clause = `${choices.one(['tag', 'tags'])}.\`${PROMPT_TAG}\` ${test}`
  if (filter === '') return clause
  return choices.chance(0.5) ? `${clause} AND ${filter}` : `${filter} AND ${clause}`
}

function modelClause(choices: Choices): string {
  const kind = choices.next()
  if (kind < 0.45) return tagClause(choices)
  if (kind < 0.96) return nameClause(choices)
  return choices.one([
    ...["run_id = 'x'", 'timestamp > 5', 'last_updated_timestamp > 5', "creation_timestamp = '1'"],
    ...['metrics.a > 1', "description = 'x'", 'name = 5', 'name IS NULL', 'tags.team IS NOT NULL'],
  ])
}

function versionClause(choices: Choices, corpus: Corpus): string {
  const kind = choices.next()
  if (kind < 0.3) return tagClause(choices)
  if (kind < 0.5) return nameClause(choices)
  const prefix = choices.chance(0.97) ? choices.one(['', '', 'attribute.']) : 'attributes.'
  if (kind < 0.65) {
    const ids = corpus.runs.slice(0, 12).map(({ id }) => id)
    return `${prefix}run_id ${textTest(choices, [...ids, ''], 0.5)}`
  }
  if (kind < 0.8) {
    const sources = corpus.registered.flatMap(({ versions }) => versions.map(({ source }) => source))
    return `${prefix}source_path ${textTest(choices, sources, 0.03)}`
  }
  if (kind < 0.97) {
    return `${prefix}version_number${space(choices)}${comparator(choices)}${space(choices)}${versionNumber(choices)}`
  }
  return choices.one([
    ...[`current_stage = '${choices.one(STAGES)}'`, 'creation_timestamp > 5', "user_id = 'x'"],
    ...["version_number LIKE '1%'", "version_number IN ('1', '2')", "version = '1'", "source = 'x'"],
  ])
}

const tagClause = (choices: Choices) =>
  entryClause(choices, choices.chance(0.97) ? choices.one(['tags', 'tag']) : 'params', TAG_KEYS)

function nameClause(choices: Choices): string {
  const name = choices.chance(0.95) ? choices.one(['name', 'name', 'attribute.name']) : '`name`'
  return `${name} ${textTest(choices, REGISTERED_NAMES, 0.3)}`
}

function versionNumber(choices: Choices): string {
  const odd = ['1.5', '-1', "'5'", '"5"', "'1.5'", "'x'", "''", '1e1', '99999999999999999999', "' 7'", '5.0']
  return choices.chance(0.12) ? choices.one(odd) : String(choices.below(15))
}

const modelOrder = (choices: Choices) =>
  (choices.chance(0.9)
    ? choices.one(['name', 'timestamp', 'last_updated_timestamp'])
    : choices.one(['creation_timestamp', 'attribute.name', '`name`', 'tags.team', 'nobody', ''])) +
  direction(choices)

const versionOrder = (choices: Choices) =>
  (choices.chance(0.93)
    ? choices.one(['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'])
    : choices.one(['attribute.name', 'timestamp', 'run_id', 'tags.team', '`version_number`', 'nobody'])) +
  direction(choices)

import { invalid } from '@orrery/base/kernel'
import type { Clause, Entity, Filter } from './tree.ts'

const PREFIXES: Record<Entity, string> = {
  attribute: '',
  metric: 'metrics.',
  param: 'params.',
  tag: 'tags.',
  dataset: 'dataset.',
}

/**
 * Writes a filter so that `parseFilter` reads the same clauses again.
 *
 * @throws INVALID_PARAMETER_VALUE for a text that the language has no way to write
 */
export function printFilter(filter: Filter): string {
  return filter.map(printClause).join(' AND ')
}

function printClause(clause: Clause): string {
  const subject = PREFIXES[clause.entity] + printName(clause.name)
  if ('values' in clause) return `${subject} ${clause.op} (${clause.values.map(printListed).join(', ')})`
  if ('value' in clause) return `${subject} ${clause.op} ${printValue(clause.value)}`
  return `${subject} ${clause.op}`
}

const printName = (name: string): string =>
  /^[\p{L}\p{N}_]+(\.[\p{L}\p{N}_]+)*$/u.test(name) ? name : `\`${name}\``

const printListed = (value: string): string =>
  `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`

function printValue(value: string | number): string {
  if (typeof value === 'number') return String(value).replace('e+', 'e')
  const quote = ["'", '"'].find((candidate) => !value.includes(candidate))
  if (quote !== undefined && !value.endsWith('\\')) return quote + value + quote
  throw invalid(
    `A filter cannot hold both kinds of quotes, or a backslash at the end, in one text: ${value}`,
    'Use LIKE with _ in place of it.',
  )
}

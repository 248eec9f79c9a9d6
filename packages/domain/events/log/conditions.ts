import { EVENTS } from '@orrery/base/contract'
import type { Caller, Permission, ResourceKind } from '@orrery/base/kernel'
import type { EngineWords } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'

export type Condition = Expression<SqlBool>

/** Characters of a subject that the index holds (migration 2). */
const INDEXED = 500

/** As the index has it: the numbers must stand in the text, or SQLite does not know it again. */
const INDEXED_SUBJECT = sql`substr(subject, 1, ${sql.lit(INDEXED)})`

const isShort = (subject: string) => subject.length < INDEXED

/** Of one subject. A short one needs no second look: what is longer than the index holds begins otherwise. */
export function isSubject(subject: string): Condition {
  if (isShort(subject)) return sql<SqlBool>`${INDEXED_SUBJECT} = ${subject}`
  const beginning = [...subject].slice(0, INDEXED).join('')
  return sql<SqlBool>`(${INDEXED_SUBJECT} = ${beginning} and subject = ${subject})`
}

/** Of everything below a subject. @param folder with its `/` at the end */
export function isBelow(folder: string): Condition {
  // "0" is the character after "/".
  const end = `${folder.slice(0, -1)}0`
  if (isShort(folder)) {
    return sql<SqlBool>`(${INDEXED_SUBJECT} >= ${folder} and ${INDEXED_SUBJECT} < ${end})`
  }
  const beginning = [...folder].slice(0, INDEXED).join('')
  return sql<SqlBool>`(${INDEXED_SUBJECT} = ${beginning} and subject >= ${folder} and subject < ${end})`
}

/** Of a list of words, each of which is few letters. */
export const isOneOf = (column: 'type' | 'audience', values: readonly string[], words: EngineWords) =>
  words.among(sql.ref(column), values)

const KINDS: readonly ResourceKind[] = ['experiment', 'model']
const PERMISSIONS = [...new Set(Object.values(EVENTS).map(({ audience }) => audience))].filter(
  (audience): audience is Permission => !KINDS.includes(audience as ResourceKind),
)

/**
 * Which events somebody may see, as a condition on rows of the log; undefined: all of them. The same as `makeHearing`
 * lets through: a denial counts for readers of the audit log too. Of things that they may not read no event is looked
 * at, so nothing is filtered after the question.
 */
export function seenBy(caller: Caller | undefined, words: EngineWords): Condition | undefined {
  if (caller === undefined) return undefined
  const allowed = PERMISSIONS.filter((permission) => caller.may(permission))
  const isAuditor = caller.may('audit.read')
  const seesAll =
    isAuditor && allowed.length === PERMISSIONS.length && KINDS.every((kind) => readsAll(caller, kind))
  if (seesAll) return undefined
  const parts: Condition[] = allowed.length === 0 ? [] : [isOneOf('audience', allowed, words)]
  if (isAuditor) parts.push(sql`(${isOneOf('audience', KINDS, words)} and on_key is null)`)
  for (const kind of KINDS) {
    const readable = caller.readable(kind)
    const on = sql.ref('on_key')
    if (readable.kind === 'all') parts.push(sql`(audience = ${kind} and ${on} is not null)`)
    else if (readable.kind === 'only') {
      if (readable.keys.length > 0)
        parts.push(sql`(audience = ${kind} and ${words.among(on, readable.keys)})`)
    } else {
      parts.push(sql`(audience = ${kind} and ${on} is not null and not ${words.among(on, readable.keys)})`)
    }
  }
  return parts.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`(${sql.join(parts, sql` or `)})`
}

function readsAll(caller: Caller, kind: ResourceKind): boolean {
  const readable = caller.readable(kind)
  return readable.kind === 'all' || (readable.kind === 'all-except' && readable.keys.length === 0)
}

export const allOf = (conditions: readonly Condition[]): Condition =>
  sql<SqlBool>`${sql.join(conditions, sql` and `)}`

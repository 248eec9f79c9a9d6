import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import { isSubject } from './conditions.ts'

/** A subject under one of its names. */
export interface Scope {
  readonly subject: string
  /** The model that it is or is of; undefined for what is never renamed. */
  readonly model: string | undefined
  /** The last position at which that was its name. */
  readonly through: number
}

/** Renamings are followed back so many times. */
const MOST = 50

const OF_MODEL = /^(models\/[^/]+)(\/.*)?$/s

/** Follows renamings backwards: the subject, and what it was called before. */
export async function namesOf(
  reads: Reads,
  workspaceKey: number,
  subject: string,
  durable: number,
): Promise<readonly Scope[]> {
  const [, model, rest = ''] = OF_MODEL.exec(subject) ?? []
  if (model === undefined) return [{ subject, model: undefined, through: durable }]
  const scopes: Scope[] = [{ subject, model, through: durable }]
  for (let at = 0; at < scopes.length && scopes.length < MOST; at++) {
    for (const { position, before } of await renamings(reads, workspaceKey, scopes[at]!)) {
      const { name } = JSON.parse(before ?? '{}') as { name?: unknown }
      if (typeof name !== 'string') continue
      const older = `models/${name}`
      const known = scopes.find((scope) => scope.model === older)
      if (known === undefined) scopes.push({ subject: older + rest, model: older, through: position })
    }
  }
  return scopes
}

/** Events by which something got the name of a scope, newest first. */
function renamings(reads: Reads, workspaceKey: number, { model, through }: Scope) {
  return reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .select(['position', 'before'])
    .where('workspace_key', '=', workspaceKey)
    .where(isSubject(model!))
    .where(sql<SqlBool>`type = 'model.renamed'`)
    .where('position', '<=', through)
    .orderBy('position', 'desc')
    .limit(MOST)
    .execute()
}

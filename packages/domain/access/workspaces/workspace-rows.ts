import { missing, type Problem, type Workspace } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { WorkspaceDetails } from '../workspace.ts'

const COLUMNS = [
  'workspace_key as key',
  'workspace_id as id',
  'name',
  'friendly_name as friendlyName',
  'description',
  'subscription_id as subscriptionId',
  'resource_group as resourceGroup',
  'location',
  'default_artifact_root as defaultArtifactRoot',
  'trace_archival_location as traceArchivalLocation',
  'trace_archival_retention as traceArchivalRetention',
  'max_token_life_ms as maxTokenLifeMs',
  'created_at as createdAt',
  'created_by as createdBy',
  'updated_at as updatedAt',
  'archived_at as archivedAt',
] as const

export interface WorkspaceRow extends Omit<WorkspaceDetails, 'id' | 'updatedAt' | 'tags'> {
  readonly id: string | null
  readonly updatedAt: number | null
}

const byName = statement('access.workspace-row-by-name', (k: Kysely<AccessTables>, p: { name: string }) =>
  k.selectFrom('workspaces').select(COLUMNS).where('name', '=', p.name).where('deleted_at', 'is', null),
)

const living = statement('access.workspace-rows', (k: Kysely<AccessTables>, _: Record<string, never>) =>
  k.selectFrom('workspaces').select(COLUMNS).where('deleted_at', 'is', null).orderBy('name'),
)

const tagsOf = statement(
  'access.tags-of-workspaces',
  (k: Kysely<AccessTables>, p: { workspaces: readonly number[] }, words) =>
    k
      .selectFrom('workspace_tags')
      .select(['workspace_key as workspace', 'key', 'value'])
      .where((e) => words.among(e.ref('workspace_key'), p.workspaces))
      .orderBy('workspace_key')
      .orderBy('key'),
)

/** The workspace of that name, unless it was deleted. */
export function findRow(reads: Reads, name: string): Promise<WorkspaceRow | undefined> {
  return reads.first(byName, { name })
}

/** All that were not deleted, by name. */
export function livingRows(reads: Reads): Promise<WorkspaceRow[]> {
  return reads.all(living, {})
}

/** Rows with their tags, in the same order. */
export async function detailsOf(reads: Reads, rows: readonly WorkspaceRow[]): Promise<WorkspaceDetails[]> {
  const found = await reads.all(tagsOf, { workspaces: rows.map(({ key }) => key) })
  const tags = Map.groupBy(found, ({ workspace }) => workspace)
  return rows.map((row) => ({
    ...row,
    id: row.id ?? '',
    updatedAt: row.updatedAt ?? row.createdAt,
    tags: Object.fromEntries((tags.get(row.key) ?? []).map(({ key, value }) => [key, value])),
  }))
}

/** A workspace as callers carry it. */
export function workspaceOf(row: {
  readonly key: number
  readonly name: string
  readonly defaultArtifactRoot: string
  readonly archivedAt: number | null
}): Workspace {
  return {
    key: row.key,
    name: row.name,
    ...(row.defaultArtifactRoot === '' ? {} : { artifactRoot: row.defaultArtifactRoot }),
    ...(row.archivedAt === null ? {} : { archived: true }),
  }
}

/** MLflow's sentence; the same for a workspace in which the caller has no role. */
export function noWorkspace(name: string): Problem {
  return missing(`Workspace '${name}' not found`)
}

import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

const select = (k: Kysely<AccessTables>) =>
  k
    .selectFrom('role_assignments as a')
    .innerJoin('roles as r', 'r.role_key', 'a.role_key')
    .innerJoin('workspaces as w', 'w.workspace_key', 'a.workspace_key')
    .innerJoin('principals as p', 'p.principal_key', 'a.principal_key')
    .select([
      'a.assignment_key as key',
      'w.name as workspace',
      'a.principal_key as principalKey',
      'p.name as principal',
      'p.kind as principalKind',
      'a.role_key as roleKey',
      'r.name as role',
      'a.source as source',
    ])
    .orderBy('p.folded_name')
    .orderBy('a.assignment_key')

export const assignmentsIn = statement(
  'access.assignments-in',
  (k: Kysely<AccessTables>, p: { workspace: number }) => select(k).where('a.workspace_key', '=', p.workspace),
)

export const assignmentsOfRole = statement(
  'access.assignments-of-role',
  (k: Kysely<AccessTables>, p: { role: number }) => select(k).where('a.role_key', '=', p.role),
)

export const assignmentOf = statement(
  'access.assignment-of',
  (k: Kysely<AccessTables>, p: { principal: number; role: number }) =>
    select(k).where('a.principal_key', '=', p.principal).where('a.role_key', '=', p.role),
)

export const insertAssignment = statement(
  'access.insert-assignment',
  (
    k: Kysely<AccessTables>,
    p: { workspace: number; principal: number; role: number; source: string; now: number; by: string },
  ) =>
    k
      .insertInto('role_assignments')
      .values({
        workspace_key: p.workspace,
        principal_key: p.principal,
        role_key: p.role,
        source: p.source,
        created_at: p.now,
        created_by: p.by,
      })
      .onConflict((clash) => clash.doNothing()),
)

export const deleteAssignment = statement(
  'access.delete-assignment',
  (k: Kysely<AccessTables>, p: { principal: number; role: number }) =>
    k.deleteFrom('role_assignments').where('principal_key', '=', p.principal).where('role_key', '=', p.role),
)

import { type Level, missing, type Permission, type Problem, type ResourceKind } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { targetKindOf } from '../decisions/levels.ts'
import type { GivenRight, Grant, GrantKind } from '../grant.ts'
import type { Things } from '../seams.ts'
import { isCanonical } from './grant-words.ts'

export interface GrantRow {
  readonly key: number
  readonly workspaceKey: number
  /** 0 for a part of a role. */
  readonly principal: number
  /** 0 for one of an account or group. */
  readonly role: number
  readonly kind: GrantKind
  readonly target: number
  readonly level: Level | ''
  readonly permission: Permission | ''
  readonly effect: 'allow' | 'deny'
  /** 0 or 1: of whoever made the thing, be it what they got by that or what stands in its place. */
  readonly ofMaker: number
  readonly createdAt: number
  readonly createdBy: string
}

/** The columns of a `GrantRow`, from `grants as g`. */
const COLUMNS = [
  'g.grant_key as key',
  'g.workspace_key as workspaceKey',
  'g.principal_key as principal',
  'g.role_key as role',
  'g.kind as kind',
  'g.target as target',
  'g.level as level',
  'g.permission as permission',
  'g.effect as effect',
  'g.of_maker as ofMaker',
  'g.created_at as createdAt',
  'g.created_by as createdBy',
] as const

const select = (k: Kysely<AccessTables>) => k.selectFrom('grants as g').select(COLUMNS)

export const grantByKey = statement('access.grant-by-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  select(k).where('grant_key', '=', p.key).where('role_key', '<>', sql.lit(0)),
)

export const grantsOfRoleKeys = statement(
  'access.grants-of-role-keys',
  (k: Kysely<AccessTables>, p: { roles: readonly number[] }, words) =>
    select(k)
      .where(words.among(sql.ref('role_key'), p.roles))
      .where('role_key', '<>', sql.lit(0))
      .orderBy('grant_key'),
)

export const grantsOfPrincipal = statement(
  'access.grants-of-principal',
  (k: Kysely<AccessTables>, p: { principal: number; workspace: number }) =>
    select(k)
      .where('principal_key', '=', p.principal)
      .where('workspace_key', '=', p.workspace)
      .where('role_key', '=', 0)
      .orderBy('grant_key'),
)

/** The one that an account or group has on a thing: there is at most one of a kind. */
export const grantOnThing = statement(
  'access.grant-on-thing',
  (k: Kysely<AccessTables>, p: { principal: number; workspace: number; kind: GrantKind; target: number }) =>
    select(k)
      .where('principal_key', '=', p.principal)
      .where('workspace_key', '=', p.workspace)
      .where('role_key', '=', 0)
      .where('kind', '=', p.kind)
      .where('target', '=', p.target)
      .where('permission', '=', ''),
)

/** Of one account or group in all workspaces, with their names. */
export const grantsInAll = statement(
  'access.grants-in-all',
  (k: Kysely<AccessTables>, p: { principal: number }) =>
    k
      .selectFrom('grants as g')
      .innerJoin('workspaces as w', 'w.workspace_key', 'g.workspace_key')
      .select([...COLUMNS, 'w.name as workspace'])
      .where('g.principal_key', '=', p.principal)
      .where('g.role_key', '=', 0)
      .where('w.deleted_at', 'is', null)
      .orderBy('w.name')
      .orderBy('g.grant_key'),
)

const selectNamed = (k: Kysely<AccessTables>, p: { workspace: number; kind: GrantKind }) =>
  k
    .selectFrom('grants as g')
    .innerJoin('principals as p', 'p.principal_key', 'g.principal_key')
    .select([...COLUMNS, 'p.name as name'])
    .where('g.workspace_key', '=', p.workspace)
    .where('g.kind', '=', p.kind)
    .where('g.role_key', '=', 0)
    .orderBy('p.folded_name')

/** What accounts and groups hold on one thing, with their names. The index of things holds no others. */
export const grantsOnThing = statement(
  'access.grants-on-thing',
  (k: Kysely<AccessTables>, p: { workspace: number; kind: GrantKind; target: number }) =>
    selectNamed(k, p).where('g.target', '=', p.target).where('g.target', '<>', sql.lit(0)),
)

/** What they hold on all things of a kind. Scans. */
export const grantsOnAll = statement(
  'access.grants-on-all',
  (k: Kysely<AccessTables>, p: { workspace: number; kind: GrantKind }) =>
    selectNamed(k, p).where('g.target', '=', 0),
)

type NewRow = Omit<GrantRow, 'key'>

export const insertGrant = statement('access.insert-grant', (k: Kysely<AccessTables>, p: NewRow) =>
  k
    .insertInto('grants')
    .values({
      workspace_key: p.workspaceKey,
      principal_key: p.principal,
      role_key: p.role,
      kind: p.kind,
      target: p.target,
      level: p.level,
      permission: p.permission,
      effect: p.effect,
      of_maker: p.ofMaker,
      created_at: p.createdAt,
      created_by: p.createdBy,
    })
    .onConflict((clash) => clash.doNothing())
    .returning('grant_key as key'),
)

export const deleteGrant = statement('access.delete-grant', (k: Kysely<AccessTables>, p: { key: number }) =>
  k.deleteFrom('grants').where('grant_key', '=', p.key),
)

export const changeGrantRow = statement(
  'access.change-grant',
  (
    k: Kysely<AccessTables>,
    p: { key: number; level: Level | ''; permission: Permission | ''; effect: 'allow' | 'deny' },
  ) =>
    k
      .updateTable('grants')
      .set({ level: p.level, permission: p.permission, effect: p.effect })
      .where('grant_key', '=', p.key),
)

export const countGrantsOf = statement(
  'access.count-grants-of',
  (k: Kysely<AccessTables>, p: { principal: number; role: number }) =>
    k
      .selectFrom('grants')
      .select((e) => e.fn.countAll<number>().as('grants'))
      .where('principal_key', '=', p.principal)
      .where('role_key', '=', p.role),
)

export function rightOf({ level, permission }: Pick<GrantRow, 'level' | 'permission'>): GivenRight {
  return level === '' ? { permission: permission as Permission } : { level }
}

export function columnsOf(right: GivenRight): Pick<GrantRow, 'level' | 'permission'> {
  return 'level' in right
    ? { level: right.level, permission: '' }
    : { level: '', permission: right.permission }
}

/** Rows of one workspace as grants; those on things that are gone are left out. */
export async function asGrants<Row extends GrantRow>(
  reads: Reads,
  things: Pick<Things, 'names'>,
  workspaceKey: number,
  rows: readonly Row[],
): Promise<{ readonly row: Row; readonly grant: Grant }[]> {
  const names = new Map<ResourceKind, ReadonlyMap<number, string>>()
  for (const kind of ['experiment', 'model'] as const) {
    const keys = rows.filter((row) => row.target !== 0 && targetKindOf(row.kind) === kind)
    names.set(
      kind,
      await things.names(reads, workspaceKey, kind, [...new Set(keys.map(({ target }) => target))]),
    )
  }
  return rows.flatMap((row) => {
    const kind = targetKindOf(row.kind)
    const pattern = row.target === 0 ? '*' : kind && names.get(kind)?.get(row.target)
    if (pattern === undefined) return []
    const { key, effect, createdAt, createdBy } = row
    return [
      { row, grant: { key, kind: row.kind, pattern, right: rightOf(row), effect, createdAt, createdBy } },
    ]
  })
}

/** The key that a pattern stands for; undefined where there is no such thing in the workspace. */
export async function findTarget(
  reads: Reads,
  things: Pick<Things, 'find'>,
  workspaceKey: number,
  kind: GrantKind,
  pattern: string,
): Promise<number | undefined> {
  if (pattern === '*') return 0
  if (!isCanonical(kind, pattern)) return undefined
  const resource = targetKindOf(kind)
  return resource === undefined ? undefined : things.find(reads, workspaceKey, resource, pattern)
}

/** The sentence of the module that has the thing. */
export function noThing(kind: GrantKind, pattern: string): Problem {
  const told = pattern.slice(0, 300)
  return missing(
    targetKindOf(kind) === 'model'
      ? `Registered Model with name=${told} not found`
      : `No Experiment with id=${told} exists`,
  )
}

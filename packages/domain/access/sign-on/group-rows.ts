import { statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

/** The groups that the values of an issuer's claim mean here. */
export const mappedGroups = statement(
  'access.mapped-groups',
  (k: Kysely<AccessTables>, p: { issuer: string; claims: readonly string[] }, words) =>
    k
      .selectFrom('group_mappings as m')
      .innerJoin('principals as g', 'g.principal_key', 'm.group_key')
      .select(['g.principal_key as key', 'g.name as name'])
      .distinct()
      .where('m.issuer', '=', p.issuer)
      .where(words.among(sql.ref('m.claim'), p.claims)),
)

/** The groups in which an account is because its issuer said so. */
export const groupsBySource = statement(
  'access.groups-by-source',
  (k: Kysely<AccessTables>, p: { member: number; source: string }) =>
    k
      .selectFrom('group_members as m')
      .innerJoin('principals as g', 'g.principal_key', 'm.group_key')
      .select(['g.principal_key as key', 'g.name as name'])
      .where('m.member_key', '=', p.member)
      .where('m.source', '=', p.source),
)

interface Membership {
  readonly group: number
  readonly member: number
  readonly source: string
}

export const insertMembership = statement(
  'access.insert-membership-by-source',
  (k: Kysely<AccessTables>, p: Membership) =>
    k.insertInto('group_members').values({ group_key: p.group, member_key: p.member, source: p.source }),
)

export const deleteMembership = statement(
  'access.delete-membership-by-source',
  (k: Kysely<AccessTables>, p: Membership) =>
    k
      .deleteFrom('group_members')
      .where('group_key', '=', p.group)
      .where('member_key', '=', p.member)
      .where('source', '=', p.source),
)

export const allMappings = statement(
  'access.group-mappings',
  (k: Kysely<AccessTables>, _: Record<string, never>) =>
    k
      .selectFrom('group_mappings as m')
      .innerJoin('principals as g', 'g.principal_key', 'm.group_key')
      .select(['m.mapping_key as key', 'm.issuer as issuer', 'm.claim as claim', 'g.name as group'])
      .orderBy('m.issuer')
      .orderBy('m.claim')
      .orderBy('g.folded_name'),
)

export const insertMapping = statement(
  'access.insert-group-mapping',
  (k: Kysely<AccessTables>, p: { issuer: string; claim: string; group: number }) =>
    k
      .insertInto('group_mappings')
      .values({ issuer: p.issuer, claim: p.claim, group_key: p.group })
      .onConflict((clash) => clash.columns(['issuer', 'claim', 'group_key']).doNothing()),
)

export const findMapping = statement(
  'access.find-group-mapping',
  (k: Kysely<AccessTables>, p: { key: number }) =>
    k
      .selectFrom('group_mappings as m')
      .innerJoin('principals as g', 'g.principal_key', 'm.group_key')
      .select(['m.claim as claim', 'g.name as group'])
      .where('m.mapping_key', '=', p.key),
)

export const deleteMapping = statement(
  'access.delete-group-mapping',
  (k: Kysely<AccessTables>, p: { key: number }) =>
    k.deleteFrom('group_mappings').where('mapping_key', '=', p.key),
)

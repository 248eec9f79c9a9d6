import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { TokenDetails, TokenKind } from '../token.ts'

/** A row as its owner may see it, and what verbs need besides. */
export interface TokenRow extends Omit<TokenDetails, 'allWorkspaces' | 'readOnly'> {
  readonly key: number
  readonly principalKey: number
  readonly workspaceKey: number
  readonly runKey: number | null
  readonly allWorkspaces: number
  readonly readOnly: number
}

export interface NewTokenRow {
  readonly id: string
  readonly hash: string
  readonly kind: TokenKind
  readonly name: string
  readonly principalKey: number
  readonly workspaceKey: number
  readonly allWorkspaces: number
  readonly readOnly: number
  readonly shown: string
  readonly stamp: number
  readonly runKey: number | null
  readonly runId: string | null
  readonly now: number
  readonly createdBy: string
  readonly expiresAt: number
  readonly endsAt: number
}

export const insertToken = statement('access.insert-token', (k: Kysely<AccessTables>, p: NewTokenRow) =>
  k
    .insertInto('tokens')
    .values({
      token_id: p.id,
      hash: p.hash,
      kind: p.kind,
      name: p.name,
      principal_key: p.principalKey,
      workspace_key: p.workspaceKey,
      all_workspaces: p.allWorkspaces,
      read_only: p.readOnly,
      shown: p.shown,
      stamp: p.stamp,
      run_key: p.runKey,
      run_id: p.runId,
      created_at: p.now,
      created_by: p.createdBy,
      expires_at: p.expiresAt,
      ends_at: p.endsAt,
      last_used_at: null,
      last_used_from: null,
    })
    .returning('token_key as key'),
)

const selectTokens = (k: Kysely<AccessTables>) =>
  k
    .selectFrom('tokens')
    .innerJoin('principals', 'principals.principal_key', 'tokens.principal_key')
    .innerJoin('workspaces', 'workspaces.workspace_key', 'tokens.workspace_key')
    .select([
      'tokens.token_key as key',
      'tokens.token_id as id',
      'tokens.kind',
      'tokens.name',
      'principals.name as principal',
      'tokens.principal_key as principalKey',
      'workspaces.name as workspace',
      'tokens.workspace_key as workspaceKey',
      'tokens.all_workspaces as allWorkspaces',
      'tokens.read_only as readOnly',
      'tokens.shown',
      'tokens.run_key as runKey',
      'tokens.run_id as runId',
      'tokens.created_at as createdAt',
      'tokens.created_by as createdBy',
      'tokens.expires_at as expiresAt',
      'tokens.last_used_at as lastUsedAt',
      'tokens.last_used_from as lastUsedFrom',
    ])

export const tokenById = statement('access.token-by-id', (k: Kysely<AccessTables>, p: { id: string }) =>
  selectTokens(k).where('tokens.token_id', '=', p.id),
)

export const tokenByKey = statement('access.token-by-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  selectTokens(k).where('tokens.token_key', '=', p.key),
)

/** Newest first. Expired ones of the other kinds have ended. */
export const tokensOfPrincipal = statement(
  'access.tokens-of-principal',
  (k: Kysely<AccessTables>, p: { principal: number; now: number }) =>
    selectTokens(k)
      .where('tokens.principal_key', '=', p.principal)
      .where('tokens.expires_at', '>', p.now)
      .orderBy('tokens.token_key', 'desc'),
)

export const tokensOfWorkspace = statement(
  'access.tokens-of-workspace',
  (k: Kysely<AccessTables>, p: { workspace: number; now: number }) =>
    selectTokens(k)
      .where('tokens.workspace_key', '=', p.workspace)
      .where('tokens.expires_at', '>', p.now)
      .orderBy('tokens.token_key', 'desc'),
)

const nthNewest = statement(
  'access.nth-newest-token',
  (k: Kysely<AccessTables>, p: { principal: number; kind: TokenKind; skip: number }) =>
    k
      .selectFrom('tokens')
      .select('created_at as createdAt')
      .where('principal_key', '=', p.principal)
      .where('kind', '=', p.kind)
      .orderBy('token_key', 'desc')
      .limit(1)
      .offset(p.skip),
)

/** Whether so many tokens of a kind were made for an account since then. Reads no more rows than that. */
export async function wereMade(
  reads: Reads,
  { principal, kind }: { readonly principal: number; readonly kind: TokenKind },
  count: number,
  since: number,
): Promise<boolean> {
  const row = await reads.first(nthNewest, { principal, kind, skip: count - 1 })
  return row !== undefined && row.createdAt > since
}

export const deleteToken = statement('access.delete-token', (k: Kysely<AccessTables>, p: { key: number }) =>
  k.deleteFrom('tokens').where('token_key', '=', p.key),
)

export const deleteTokenRuns = statement(
  'access.delete-token-runs',
  (k: Kysely<AccessTables>, p: { key: number }) => k.deleteFrom('token_runs').where('token_key', '=', p.key),
)

export function detailsOf(row: TokenRow): TokenDetails {
  const { key: _, principalKey: __, workspaceKey: ___, runKey: ____, ...details } = row
  return { ...details, allWorkspaces: row.allWorkspaces === 1, readOnly: row.readOnly === 1 }
}

import { missing, Problem } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { PrincipalKind } from '../principal.ts'

/** An account's or group's row, found for a verb. */
export interface FoundPrincipal {
  readonly key: number
  readonly kind: PrincipalKind
  readonly name: string
  /** 0 or 1. */
  readonly isAdmin: number
  /** Milliseconds since the epoch; null: not disabled. */
  readonly disabledAt: number | null
  /** Of a service account. */
  readonly homeWorkspaceKey: number | null
  /** Credentials that were made under another one count no longer. */
  readonly stamp: number
}

const COLUMNS = [
  'principal_key as key',
  'kind',
  'name',
  'is_admin as isAdmin',
  'disabled_at as disabledAt',
  'home_workspace_key as homeWorkspaceKey',
  'stamp',
] as const

const byName = statement('access.principal-by-name', (k: Kysely<AccessTables>, p: { folded: string }) =>
  k.selectFrom('principals').select(COLUMNS).where('folded_name', '=', p.folded),
)

const byKey = statement('access.principal-by-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  k.selectFrom('principals').select(COLUMNS).where('principal_key', '=', p.key),
)

/**
 * Names that differ in case only are one: MLflow keeps Alice beside alice, which nobody can tell apart in a list. Only
 * letters that a name may have are folded: a Kelvin sign is no k, so what looks like a name finds nobody.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Whoever has that name, of any kind, disabled or not. Asks nobody whether the caller may know it. */
export function findPrincipal(reads: Reads, name: string): Promise<FoundPrincipal | undefined> {
  return reads.first(byName, { folded: foldName(name) })
}

export function findPrincipalByKey(reads: Reads, key: number): Promise<FoundPrincipal | undefined> {
  return reads.first(byKey, { key })
}

/** MLflow's sentence; of groups and service accounts too, which its clients call users. */
export function noPrincipal(name: string, hint?: string): Problem {
  const message = `User with username=${name} not found`
  return hint === undefined ? missing(message) : new Problem('RESOURCE_DOES_NOT_EXIST', message, { hint })
}

import { Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Profiles } from '../decisions/profiles.ts'
import { DEFAULT_WORKSPACE } from '../ensure-workspace.ts'
import { memberships } from '../workspaces/memberships.ts'
import { livingRows } from '../workspaces/workspace-rows.ts'
import type { Recognised } from './recognised.ts'

interface Deps {
  readonly db: Database
  readonly profiles: Pick<Profiles, 'profileOf'>
}

const NAMES_TOLD = 20

/**
 * For whoever names no workspace and is not welcome in `default`: tells those that they are in, as far as their credential
 * reaches. These are no secret to them.
 */
export async function noneNamed(deps: Deps, recognised: Recognised): Promise<Problem> {
  const mine = await reached(deps, recognised)
  const names = await deps.db.scan(async (reads) => {
    const living = await livingRows(reads)
    return living.filter(({ key }) => mine.has(key)).map(({ name }) => `'${name}'`)
  })
  const told = names.slice(0, NAMES_TOLD).join(', ')
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more` : ''
  const { principal, credential } = recognised
  const why =
    credential.onlyIn === undefined
      ? `'${principal.name}' is not in '${DEFAULT_WORKSPACE}'`
      : `the token that asks does not work in '${DEFAULT_WORKSPACE}'`
  return new Problem('RESOURCE_DOES_NOT_EXIST', `No workspace was named, and ${why}.`, {
    hint:
      names.length === 0
        ? 'Ask an owner of a workspace for a role in it.'
        : `Name one of ${told}${more}: end the address in /workspaces/<name>, or call mlflow.set_workspace().`,
  })
}

async function reached(
  { db, profiles }: Deps,
  { principal, credential }: Recognised,
): Promise<ReadonlySet<number>> {
  const { onlyIn } = credential
  if (onlyIn === undefined) return db.scan((reads) => memberships(reads, principal.key))
  // An administrator is a member without any row.
  const { isMember } = await profiles.profileOf(principal.key, onlyIn)
  return new Set(isMember ? [onlyIn] : [])
}

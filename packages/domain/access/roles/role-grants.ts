import { invalid, missing, must, Problem } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import type { Roles } from '../access.ts'
import type { RightEvent } from '../access-events.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import type { Grant } from '../grant.ts'
import {
  asGrants,
  changeGrantRow,
  columnsOf,
  deleteGrant,
  findTarget,
  type GrantRow,
  grantByKey,
  insertGrant,
  noThing,
  rightOf,
} from '../grants/grant-rows.ts'
import { checkNewGrant } from '../grants/grant-words.ts'
import { mustBeBelow } from '../grants/how-many.ts'
import { rightFacts } from '../grants/right-facts.ts'
import { keepStaffed } from '../principals/staff.ts'
import { findRole, findRoleToManage, mustBeCustom, noRole, takeRole } from './about-role.ts'

const noGrant = (key: number) => missing(`Role permission with id=${key} not found`)

async function grantOf(reads: Reads, deps: AccessVerbDeps, row: GrantRow): Promise<Grant> {
  const [named] = await asGrants(reads, deps.things, row.workspaceKey, [row])
  if (named === undefined) throw noGrant(row.key)
  return named.grant
}

/** Adds a right to a custom role; see `Roles.addGrant`. */
export function makeAddGrant(deps: AccessVerbDeps): Roles['addGrant'] {
  const { db, emit, clock, changes, things } = deps
  return async function addGrant(caller, input) {
    const { roleKey, kind, pattern, right, effect } = input
    const { role, there } = await findRoleToManage(deps, caller, roleKey)
    checkNewGrant(input)
    mustBeCustom(role)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const { key, name, workspaceKey } = await takeRole(tx, role)
      const target = await findTarget(tx, things, workspaceKey, kind, pattern)
      if (target === undefined) throw noThing(kind, pattern)
      const row = {
        workspaceKey,
        principal: 0,
        role: key,
        kind,
        target,
        ...columnsOf(right),
        effect,
        ofMaker: 0,
        createdAt: clock(),
        createdBy: caller.principal.name,
      }
      const made = await tx.first(insertGrant, row)
      if (made === undefined) {
        throw new Problem(
          'RESOURCE_ALREADY_EXISTS',
          `Role permission (role_id=${key}, resource_type=${kind}, resource_pattern=${pattern}) already exists.`,
        )
      }
      await mustBeBelow(tx, { principal: 0, role: key })
      await changes.change(tx, { workspace: workspaceKey })
      await emit(tx, there, {
        type: 'grant.given',
        subject: `roles/${name}`,
        before: undefined,
        after: rightFacts(`roles/${name}`, input),
      } satisfies RightEvent)
      return grantOf(tx, deps, { key: made.key, ...row })
    })
  }
}

/** The grant of a key with its role. Not inside a transaction. @throws RESOURCE_DOES_NOT_EXIST as for no grant at all */
async function findGrantToManage(
  deps: AccessVerbDeps,
  caller: Parameters<Roles['removeGrant']>[0],
  grantKey: number,
) {
  const grant = await deps.db.read.first(grantByKey, { key: grantKey })
  if (grant === undefined) throw noGrant(grantKey)
  let found: Awaited<ReturnType<typeof findRole>>
  try {
    found = await findRole(deps, caller, grant.role)
  } catch (error) {
    if (error instanceof Problem && error.message === noRole(grant.role).message) throw noGrant(grantKey)
    throw error
  }
  must(found.there, 'workspace.manage')
  return found
}

async function takeGrant(tx: Tx, key: number): Promise<GrantRow> {
  const grant = await tx.first(grantByKey, { key })
  if (grant === undefined) throw noGrant(key)
  return grant
}

/** Changes the right of a row of a custom role; see `Roles.changeGrant`. */
export function makeChangeGrant(deps: AccessVerbDeps): Roles['changeGrant'] {
  const { db, emit, changes } = deps
  return async function changeGrant(caller, { grantKey, right, effect }) {
    const { role, there } = await findGrantToManage(deps, caller, grantKey)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const { name, workspaceKey } = await takeRole(tx, role)
      const old = await takeGrant(tx, grantKey)
      const before = await grantOf(tx, deps, old)
      const { kind, pattern } = before
      checkNewGrant({ kind, pattern, right, effect })
      if ('permission' in right && right.permission !== old.permission) {
        throw invalid(
          `The grant is of '${old.permission}': only its effect can be changed.`,
          'Add another grant.',
        )
      }
      await keepStaffed(tx, { workspace: workspaceKey }, async () => {
        await tx.run(changeGrantRow, { key: grantKey, ...columnsOf(right), effect })
      })
      await changes.change(tx, { workspace: workspaceKey })
      await emit(tx, there, {
        type: 'grant.changed',
        subject: `roles/${name}`,
        before: rightFacts(`roles/${name}`, { kind, pattern, right: rightOf(old), effect: old.effect }),
        after: rightFacts(`roles/${name}`, { kind, pattern, right, effect }),
      } satisfies RightEvent)
      const changed = await grantOf(tx, deps, { ...old, ...columnsOf(right), effect })
      return { ...changed, roleKey: role.key }
    })
  }
}

/** Takes a right out of a custom role; see `Roles.removeGrant`. */
export function makeRemoveGrant(deps: AccessVerbDeps): Roles['removeGrant'] {
  const { db, emit, changes } = deps
  return async function removeGrant(caller, { grantKey }) {
    const { role, there } = await findGrantToManage(deps, caller, grantKey)
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const { name, workspaceKey } = await takeRole(tx, role)
      const before = await grantOf(tx, deps, await takeGrant(tx, grantKey))
      await keepStaffed(tx, { workspace: workspaceKey }, async () => {
        await tx.run(deleteGrant, { key: grantKey })
      })
      await changes.change(tx, { workspace: workspaceKey })
      await emit(tx, there, {
        type: 'grant.taken',
        subject: `roles/${name}`,
        before: rightFacts(`roles/${name}`, before),
        after: undefined,
      } satisfies RightEvent)
    })
  }
}

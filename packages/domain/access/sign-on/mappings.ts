import { type Caller, invalid, missing, must } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { Changes } from '../changes.ts'
import type { SignOn } from '../credentials.ts'
import { findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { allMappings, deleteMapping, findMapping, insertMapping } from './group-rows.ts'

interface Deps {
  readonly db: Database
  readonly emit: Emit
  readonly changes: Changes
}

/** Which claims put whom into which groups; see `SignOn`. */
export function makeMappings(deps: Deps): Pick<SignOn, 'mappings' | 'addMapping' | 'removeMapping'> {
  const { db, emit, changes } = deps
  return {
    async mappings(caller: Caller) {
      must(caller, 'server.manage')
      return db.scan((reads) => reads.all(allMappings, {}))
    },

    async addMapping(caller, { issuer, claim, group }) {
      must(caller, 'server.manage')
      mustChange(caller)
      checkMappingText(issuer, 'issuer')
      checkMappingText(claim, 'claim')
      await db.inTx(async (tx) => {
        await changes.turn(tx)
        const found = await findPrincipal(tx, group)
        if (found === undefined || found.kind !== 'group') throw noPrincipal(group)
        if ((await tx.run(insertMapping, { issuer, claim, group: found.key })) === 0) return
        await emit(tx, caller, {
          type: 'group-mapping.added',
          subject: `groups/${found.name}`,
          before: undefined,
          after: { claim, group: found.name },
        } satisfies AccessEvent)
      })
    },

    async removeMapping(caller, { key }) {
      must(caller, 'server.manage')
      mustChange(caller)
      await db.inTx(async (tx) => {
        await changes.turn(tx)
        const found = await tx.first(findMapping, { key })
        if (found === undefined) throw missing(`Group mapping with id=${key} not found`)
        await tx.run(deleteMapping, { key })
        await emit(tx, caller, {
          type: 'group-mapping.removed',
          subject: `groups/${found.group}`,
          before: found,
          after: undefined,
        } satisfies AccessEvent)
      })
    },
  }
}

/** A text that a provider says and an administrator writes down. */
export function checkMappingText(text: string, field: string): void {
  const length = [...text].length
  if (length === 0 || length > LIMITS.property) {
    throw invalid(`'${field}' has ${length} characters; 1 to ${LIMITS.property} are allowed.`)
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw invalid(`'${field}' must not contain control characters or halves of characters.`)
  }
}

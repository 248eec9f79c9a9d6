import { invalid, must } from '@orrery/base/kernel'
import type { Workspaces } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import { findNamed } from './find-named.ts'
import { takeWorkspace } from './take-workspace.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { checkProperties } from './workspace-properties.ts'
import { detailsOf, findRow } from './workspace-rows.ts'
import { writeProperties } from './write-properties.ts'

export function makeUpdateWorkspace(deps: WorkspaceDeps): Workspaces['update'] {
  const { db, emit, clock, changes, checkLocation } = deps
  return async function updateWorkspace(caller, input) {
    const { name, ...given } = input
    const { row, there } = await findNamed(deps, db.read, caller, name)
    must(there, 'workspace.write')
    if (given.maxTokenLifeMs !== undefined) must(there, 'workspace.manage')
    const properties = checkProperties(given, checkLocation)
    const fields = (Object.keys(given) as (keyof typeof given)[]).filter((key) => given[key] !== undefined)
    if (fields.length === 0) throw invalid('Workspace update must have at least one key')
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const [before] = await detailsOf(tx, [await takeWorkspace(tx, row, 'not-archived')])
      await writeProperties(tx, row.key, {
        ...properties,
        columns: { ...properties.columns, updated_at: clock() },
      })
      const [after] = await detailsOf(tx, [(await findRow(tx, name))!])
      const changed = fields.filter((key) => JSON.stringify(before![key]) !== JSON.stringify(after![key]))
      if (changed.length > 0) {
        const facts = (of: typeof before) => Object.fromEntries(changed.map((key) => [key, of![key]!]))
        await emit(tx, there, {
          type: 'workspace.updated',
          subject: `workspaces/${name}`,
          before: facts(before),
          after: facts(after),
        } satisfies AccessEvent)
      }
      await changes.change(tx, { workspace: row.key })
      return after!
    })
  }
}

import { type Caller, type Change, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { HeldAround } from '../seams.ts'
import { type Hold, holdsInForce } from './hold-rows.ts'
import { holdOn } from './is-held.ts'

/** Refuses with INVALID_STATE what a legal hold keeps. */
export async function refuseHeld(
  tx: Tx,
  held: HeldAround,
  caller: Caller,
  change: Extract<Change, { held: readonly string[] }>,
): Promise<void> {
  const holds = await holdsInForce(tx, caller.workspace.key)
  if (holds.length === 0) return
  const hold =
    change.kind === 'move'
      ? // What it is called stays; it leaves what is above it.
        holds.find(({ subject }) => change.held.indexOf(subject) > 0)
      : await holdOn(tx, held, caller.workspace.key, concerned(holds, change), change.held)
  if (hold !== undefined) throw isHeld(change.kind, change.held[0] ?? '', hold)
}

/** A hold on everything finds a thing whatever it is called. */
const concerned = (holds: readonly Hold[], { kind }: Change) =>
  kind === 'rename-model' ? holds.filter(({ subject }) => subject !== '') : holds

function isHeld(kind: Change['kind'], subject: string, hold: Hold): Problem {
  const what = subject === '' ? 'This' : `'${subject.slice(0, 300)}'`
  const isSource = hold.subject.startsWith('models/') && !subject.startsWith('models/')
  const hint = `It stays until an owner of the workspace lifts the hold ${hold.id}.`
  if (kind === 'replace') {
    const by = isSource
      ? `is of what '${hold.subject.slice(0, 300)}' was made from, which is under legal hold`
      : 'is under legal hold'
    return new Problem(
      'INVALID_STATE',
      `${what} ${by}: it cannot be replaced. Give the new file another name.`,
      {
        hint,
      },
    )
  }
  return new Problem(
    'INVALID_STATE',
    isSource
      ? `${what} is, or has, what '${hold.subject.slice(0, 300)}' was made from, which is under legal hold: it cannot be removed.`
      : `${what} is under legal hold: neither it nor anything below it can be removed, moved out or renamed.`,
    { hint },
  )
}

import type { Reads } from '@orrery/drivers/db'
import { holdsInForce } from '../holds/hold-rows.ts'
import type { GovernanceDeps } from '../seams.ts'

export interface ExpiredLog {
  /** The last position that may go; 0 where nothing may. */
  readonly through: number
  /** Events that would go, and those of the same age that stay for a hold or a subscription. */
  readonly count: number
  readonly held: number
}

/** The beginning of a workspace's log that is from before a time, up to the first event that somebody still needs. */
export async function expiredLog(
  { trim, held, log }: Pick<GovernanceDeps, 'trim' | 'held' | 'log'>,
  reads: Reads,
  workspaceKey: number,
  before: number,
): Promise<ExpiredLog> {
  const old = Math.min(log.durable, await trim.olderThan(reads, workspaceKey, before))
  let through = Math.min(old, await trim.bound(reads, workspaceKey))
  for (const { subject } of await holdsInForce(reads, workspaceKey)) {
    if (subject === '') {
      through = 0
      break
    }
    // What is gone has no key, and its events are found by its name.
    const found = await held.find(reads, workspaceKey, subject)
    const about = { subject, ...(found?.on === undefined ? {} : { on: found.on }) }
    const first = await trim.firstAbout(reads, workspaceKey, about)
    if (first !== undefined) through = Math.min(through, first - 1)
  }
  const count = await trim.count(reads, workspaceKey, through)
  return { through, count, held: (await trim.count(reads, workspaceKey, old)) - count }
}

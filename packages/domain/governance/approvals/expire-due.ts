import type { ApprovalDeps } from './approval-deps.ts'
import { dueRequests, isStillOpen, settleRequest } from './request-rows.ts'
import { expire } from './settle.ts'

const SLICE = 100

/** Ends the requests whose time is over. May run on two servers at once. @returns how many */
export function makeExpireDue(deps: Pick<ApprovalDeps, 'db' | 'emit' | 'clock' | 'serverIn'>) {
  const { db, clock, serverIn } = deps
  return async function expireDue(): Promise<number> {
    let ended = 0
    for (;;) {
      const now = clock()
      const due = await db.scan((reads) => reads.all(dueRequests, { now, limit: SLICE }))
      let endedNow = 0
      for (const [workspace, requests] of Map.groupBy(due, ({ workspaceKey }) => workspaceKey)) {
        const server = await serverIn(workspace)
        endedNow += await db.inTx(async (tx) => {
          let count = 0
          for (const request of requests) {
            if (!(await isStillOpen(tx, request.key))) continue
            // Of a workspace that is gone there is nobody to tell.
            if (server === undefined) await tx.run(settleRequest, silently(request.key, now))
            else await expire(deps, tx, server, request, now, 'expired')
            count++
          }
          return count
        })
      }
      ended += endedNow
      if (due.length < SLICE || endedNow === 0) return ended
    }
  }
}

const silently = (request: number, now: number) =>
  ({ request, state: 'expired', by: 'system:server', now, reason: null }) as const

import { invalid, must, type Problem } from '@orrery/base/kernel'
import type { LogHead, LogRow } from '../../events/index.ts'
import { parseAnchor } from '../anchors/anchor-file.ts'
import { AUDIT_LIMITS, type Audit, type ChainFault } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { ChainChecker, chainStart } from './chain-checker.ts'
import { checkAnchor, checkFloor, checkFrom, faultsOfPlace } from './verify-chain.ts'

/** A call ends after so long at the next thousand rows. */
const BUDGET_MS = 5_000

type Deps = Pick<GovernanceDeps, 'db' | 'queries' | 'settle'>

export function makeVerifyAudit({ db, queries, settle }: Deps): Audit['verify'] {
  return async function verifyAudit(caller, { fromPosition, anchor: given }) {
    must(caller, 'audit.read')
    if (fromPosition !== undefined && !(Number.isSafeInteger(fromPosition) && fromPosition >= 0)) {
      throw invalid(`'from_position' is ${fromPosition}; it is a position, from 0.`)
    }
    const anchor = given === undefined || given === '' ? undefined : parseAnchor(given)
    const workspaceKey = caller.workspace.key
    await settle()
    return db.scan(async (reads) => {
      const head = (await queries.heads(reads)).find((each) => each.workspaceKey === workspaceKey)
      const chain = head ?? emptyChain(workspaceKey)
      // Rows behind the head as well: nothing may stand there.
      const through = Math.max(chain.position, await queries.lastPosition(reads))
      if (fromPosition !== undefined && fromPosition > through) throw behindTheHead(fromPosition, chain)
      const faults: ChainFault[] = []
      const anchored = anchor?.heads.find((each) => each.workspaceKey === workspaceKey)
      if (anchored !== undefined) {
        const fault = await checkAnchor(reads, queries, chain, anchored)
        if (fault !== undefined) faults.push(fault)
      }
      const start = await checkFrom(reads, queries, chain, fromPosition)
      if (start.position === chain.floor.position) {
        const fault = await checkFloor(reads, queries, chain)
        if (fault !== undefined) faults.push(fault)
      }
      const checker = new ChainChecker(start, chain.number)
      const misplaced: LogRow[] = []
      const until = performance.now() + BUDGET_MS
      let at = Math.max(checker.end.position, fromPosition ?? 0)
      while (at < through) {
        const { rows, to } = await queries.walk(reads, { after: at, through, workspaceKey })
        for (const row of rows) checker.add(row)
        if (misplaced.length < AUDIT_LIMITS.faults) {
          misplaced.push(...(await queries.misplaced(reads, rows, workspaceKey)))
        }
        at = to
        if (checker.looked >= AUDIT_LIMITS.verified || performance.now() > until) break
      }
      const isThrough = at >= through
      checker.finish(isThrough ? chain : undefined)
      faults.push(...checker.faults, ...faultsOfPlace(misplaced, checker.faults))
      return {
        verified: checker.looked,
        nextPosition: isThrough ? undefined : at,
        head: chain,
        floor: chain.floor,
        faults: faults.slice(0, AUDIT_LIMITS.faults),
      }
    })
  }
}

/** Between the head and the end of the whole log a call may have stopped; further on none has. */
function behindTheHead(fromPosition: number, { position }: LogHead): Problem {
  return invalid(
    `'from_position' is ${fromPosition}, which is behind the head: the log of this workspace ends at ${position}, so nothing would be checked.`,
    "Give the 'next_position' of an earlier call, or leave it out to begin at the beginning.",
  )
}

/** Of a workspace in which nothing has happened. */
export function emptyChain(workspaceKey: number): LogHead {
  const start = chainStart(workspaceKey)
  return { workspaceKey, ...start, floor: { workspaceKey, ...start, raisedAt: null } }
}

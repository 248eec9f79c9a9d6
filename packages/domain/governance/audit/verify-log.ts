import type { Reads } from '@orrery/drivers/db'
import type { LogHead, LogQueries, LogRow } from '../../events/index.ts'
import { type AnchorFile, AUDIT_LIMITS, type ChainFault } from '../audit.ts'
import { ChainChecker } from './chain-checker.ts'
import { emptyChain } from './verify-audit.ts'
import { checkAnchor, checkFloor, checkFrom, faultsOfPlace } from './verify-chain.ts'

export interface VerifiedChain {
  readonly workspaceKey: number
  readonly verified: number
  readonly head: LogHead
  readonly faults: readonly ChainFault[]
}

/** Retention may raise a floor while it is looked at. */
const ATTEMPTS = 3

/**
 * Checks the chains of all workspaces in one walk, also beside a server that writes on: what it writes meanwhile is not
 * looked at.
 */
export async function verifyLog(
  reads: Reads,
  queries: LogQueries,
  anchor: AnchorFile | undefined,
): Promise<readonly VerifiedChain[]> {
  for (let attempt = 1; ; attempt++) {
    const { heads, chains } = await walkOnce(reads, queries, anchor)
    const now = await queries.heads(reads)
    const isRaised = heads.some(
      (head) =>
        now.find((each) => each.workspaceKey === head.workspaceKey)?.floor.number !== head.floor.number,
    )
    if (!isRaised || attempt === ATTEMPTS) return chains
  }
}

interface Check {
  readonly head: LogHead
  readonly checker: ChainChecker
  readonly misplaced: LogRow[]
}

async function walkOnce(reads: Reads, queries: LogQueries, anchor: AnchorFile | undefined) {
  // Before the heads: then they know of every row up to there.
  const last = await queries.lastPosition(reads)
  const heads = await queries.heads(reads)
  const checks = new Map<number, Check>()
  const checkOf = async (workspaceKey: number) => {
    let check = checks.get(workspaceKey)
    if (check === undefined) {
      const head = heads.find((each) => each.workspaceKey === workspaceKey) ?? emptyChain(workspaceKey)
      const checker = new ChainChecker(await checkFrom(reads, queries, head, undefined), head.number)
      check = { head, checker, misplaced: [] }
      checks.set(workspaceKey, check)
    }
    return check
  }
  for (const { workspaceKey } of heads) await checkOf(workspaceKey)
  const through = heads.reduce((most, { position }) => Math.max(most, position), last)
  for (let after = 0; after < through; ) {
    const { rows, to } = await queries.walk(reads, { after, through })
    for (const row of rows) {
      const { head, checker } = await checkOf(row.workspace_key)
      // What came since the heads were read is of no concern, and neither is what retention takes away.
      if (row.position > Math.max(last, head.position) || row.position <= head.floor.position) continue
      checker.add(row)
    }
    for (const row of await queries.misplaced(reads, rows, undefined)) {
      const { head, misplaced } = await checkOf(row.workspace_key)
      if (row.position > head.floor.position && misplaced.length < AUDIT_LIMITS.faults) misplaced.push(row)
    }
    after = to
  }
  const chains: VerifiedChain[] = []
  for (const [workspaceKey, { head, checker, misplaced }] of checks) {
    checker.finish(head)
    const faults = [...checker.faults, ...faultsOfPlace(misplaced, checker.faults)]
    const anchored = anchor?.heads.find((each) => each.workspaceKey === workspaceKey)
    const ofFloor = await checkFloor(reads, queries, head)
    if (ofFloor !== undefined) faults.unshift(ofFloor)
    if (anchored !== undefined) {
      const fault = await checkAnchor(reads, queries, head, anchored)
      if (fault !== undefined) faults.unshift(fault)
    }
    chains.push({ workspaceKey, verified: checker.looked, head, faults })
  }
  for (const anchored of anchor?.heads ?? []) {
    if (checks.has(anchored.workspaceKey)) continue
    const { workspaceKey, number, position } = anchored
    const says = `The anchor has number ${number} of a workspace that the log knows nothing of.`
    const faults: ChainFault[] = [{ position, number, kind: 'anchor', says }]
    chains.push({ workspaceKey, verified: 0, head: emptyChain(workspaceKey), faults })
  }
  return { heads, chains: chains.sort((a, b) => a.workspaceKey - b.workspaceKey) }
}

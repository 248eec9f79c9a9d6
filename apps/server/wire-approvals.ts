import type { Clock, IdSource } from '@orrery/base/kernel'
import { isAmong, makePersonsBehind, makeServerIn, whoIsNamed, whoMay } from '@orrery/domain/access'
import type { Emit } from '@orrery/domain/events'
import {
  type ApprovalGate,
  type Approvals,
  type Lineage,
  makeApprovalGate,
  makeApprovals,
  makeExpireDue,
  makeLineage,
} from '@orrery/domain/governance'
import { makeApprovedChanges, makeRegistryLineage } from '@orrery/domain/registry'
import { makeTrackingLineage } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import type { Logger } from 'pino'
import { startCollecting } from './loops/collecting.ts'

/** Approvals by another person, and lineage. */
export interface WiredApprovals {
  readonly approvals: Approvals
  readonly lineage: Lineage
  /** For the policy that tracking and the registry ask. */
  readonly gate: ApprovalGate
  close(): Promise<void>
}

const MINUTE_MS = 60_000

/** Needs no registry: what approvals change, they change by steps that the registry offers without its own means. */
export function wireApprovals(
  given: {
    readonly db: Database
    readonly emit: Emit
    readonly clock: Clock
    readonly ids: IdSource
    /** Whether the server asks who people are. */
    readonly hasAccounts: boolean
  },
  log: Logger,
): WiredApprovals {
  const deps = {
    ...given,
    approvedChanges: makeApprovedChanges(given),
    personsBehind: makePersonsBehind(given),
    isAmong,
    whoIsNamed,
    whoMay,
    serverIn: makeServerIn(given),
  }
  const close = startCollecting('requests for approval', makeExpireDue(deps), log, MINUTE_MS, 'have expired')
  return {
    approvals: makeApprovals(deps),
    lineage: makeLineage({ ...given, sources: [makeTrackingLineage(), makeRegistryLineage()] }),
    gate: makeApprovalGate(given),
    close,
  }
}

import type { MigrationModule } from '@orrery/drivers/db'
import { policies } from './migrations/0001-policies.ts'

export {
  anchorFaults,
  anchorNames,
  digestOf,
  keepAnchor,
  parseAnchor,
  readAnchor,
} from './anchors/anchor-file.ts'
export { type Anchors, anchorOf, headsForAnchor, makeAnchors } from './anchors/write-anchor.ts'
export type { ApprovalDeps } from './approvals/approval-deps.ts'
export { type ApprovalGate, makeApprovalGate } from './approvals/approval-gate.ts'
export { makeExpireDue } from './approvals/expire-due.ts'
export { makeApprovals } from './approvals/make-approvals.ts'
export {
  APPROVAL_LIMITS,
  type ApprovalPolicy,
  type ApprovalRequest,
  type Approvals,
  type RequestState,
} from './approvals.ts'
export { ChainChecker } from './audit/chain-checker.ts'
export { EXPORT_LINES } from './audit/export-lines.ts'
export { makeAudit } from './audit/make-audit.ts'
export { emptyChain } from './audit/verify-audit.ts'
export { checkAnchor, checkFrom } from './audit/verify-chain.ts'
export { type VerifiedChain, verifyLog } from './audit/verify-log.ts'
export type { AnchorFile, Audit, AuditHead, AuditQuery, ChainFault, StoryLine, Verified } from './audit.ts'
export { makeChangePolicy } from './change-policy.ts'
export type { GovernanceTables } from './governance-tables.ts'
export { holdsInForce } from './holds/hold-rows.ts'
export { makeLegalHolds } from './holds/legal-holds.ts'
export { makeLineage } from './lineage/make-lineage.ts'
export {
  LINEAGE_LIMITS,
  type Lineage,
  type LineageGraph,
  type LineageWalk,
  type OpenLineageEvent,
} from './lineage.ts'
export {
  REASON_DEMANDS,
  REASON_LIMITS,
  REASONED_CHANGES,
  type ReasonDemand,
  type ReasonedChange,
  type ReasonPolicies,
} from './policies.ts'
export { makeReasonPolicies } from './reasons/reason-policies.ts'
export { makeRetention } from './retention/make-retention.ts'
export {
  type Counted,
  type LegalHold,
  type LegalHolds,
  RETAINED,
  type Retained,
  type Retention,
  type RetentionRule,
} from './retention.ts'
export {
  type ApprovedChanges,
  type ChangePolicy,
  type Direction,
  type Expired,
  type ExpiredThing,
  type ExpiringThing,
  type GovernanceDeps,
  type Held,
  type IsAmong,
  type LineageEdge,
  type LineageFacts,
  type LineageNode,
  type LineageSource,
  NOTHING_BOUND,
  type NodeKind,
  type PersonsBehind,
  type WhoIsNamed,
} from './seams.ts'

export const governanceMigrations: MigrationModule = { module: 'governance', migrations: [policies] }

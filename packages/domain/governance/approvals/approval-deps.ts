import type { GovernanceDeps } from '../seams.ts'

/** What approvals are made of. */
export type ApprovalDeps = Pick<
  GovernanceDeps,
  | 'db'
  | 'emit'
  | 'clock'
  | 'ids'
  | 'approvedChanges'
  | 'personsBehind'
  | 'isAmong'
  | 'whoIsNamed'
  | 'whoMay'
  | 'hasAccounts'
  | 'serverIn'
>

export { type AllowList, makeAllowList, parseAllowed } from './allow-list.ts'
export { closedEgress } from './closed-egress.ts'
export {
  type Allowed,
  type Egress,
  type EgressAnswer,
  EgressError,
  type EgressFailure,
  type EgressRequest,
} from './egress.ts'
export { LIMITS, REFUSED_PORTS } from './limits.ts'
export { type Mail, MailError, type Mailer, type MailResult, type MailSettings } from './mailer.ts'
export { safeBytes, safeText } from './safe-text.ts'

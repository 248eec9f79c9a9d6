import { type Caller, invalid } from '@orrery/base/kernel'

/** The caller's reason, which was checked where it came in. Throws INVALID_PARAMETER_VALUE where there is none. */
export function needReason({ reason }: Caller, what: string): string {
  if (reason !== undefined && reason !== '') return reason
  throw invalid(`${what} needs a reason.`, "Give it as 'reason', or in the header X-Orrery-Reason.")
}

import { type Caller, mustNotPass, Problem } from '@orrery/base/kernel'

/** For verbs about one's own account, which ask for no permission. */
export function mustChange(caller: Caller): void {
  mustNotPass(caller)
  if (caller.credential?.readOnly !== true) return
  throw new Problem('PERMISSION_DENIED', 'A read-only token changes nothing, its own account included.', {
    hint: 'Sign in, or use a token that may write.',
  })
}

import { invalid } from '@orrery/base/kernel'
import { LIMITS } from '../limits.ts'

/** Refuses a password that nobody may have, the first with MLflow's sentence. What was given is never repeated. */
export function checkPassword(password: string): void {
  const length = [...password].length
  if (length < LIMITS.passwordMin) {
    throw invalid(`Password must be at least ${LIMITS.passwordMin} characters.`)
  }
  if (length > LIMITS.passwordMax) {
    throw invalid(`Password must be at most ${LIMITS.passwordMax} characters; it has ${length}.`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  if (/[\x00-\x1f\x7f]/.test(password) || !password.isWellFormed()) {
    throw invalid('Password must not contain control characters or halves of characters.')
  }
}

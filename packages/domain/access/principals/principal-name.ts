import { invalid } from '@orrery/base/kernel'
import { foldName } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { checkPlainName } from '../plain-name.ts'

/** Who acts without an account, and what MLflow keeps for rights of single users. */
const RESERVED = new Set(['local-owner', 'server', 'system', 'anonymous'])
const RESERVED_PREFIX = '__user_'

/** Refuses a name that no account or group may have, the first with MLflow's sentence. */
export function checkPrincipalName(name: string): void {
  if (name.trim() === '') throw invalid('Username cannot be empty.')
  checkPlainName(name, 'Invalid name', LIMITS.principalName)
  const folded = foldName(name)
  if (RESERVED.has(folded) || folded.startsWith(RESERVED_PREFIX)) {
    throw invalid(`The name ${JSON.stringify(name)} is reserved.`, 'Choose a different name.')
  }
}

/** A text about an account that people read. */
export function checkPrincipalText(text: string, field: string): void {
  const length = [...text].length
  if (length > LIMITS.property) {
    throw invalid(`'${field}' has ${length} characters, at most ${LIMITS.property} fit.`)
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw invalid(`'${field}' must not contain control characters or halves of characters.`)
  }
}

import { LIMITS } from '../limits.ts'
import { checkPrincipalName } from '../principals/principal-name.ts'

/** Room for a number behind a name that is taken. */
const LONGEST = LIMITS.principalName - 8

/**
 * The name that the account of an identity gets, from what its provider calls it: accents go, and whatever else no name
 * may have becomes a hyphen. Nothing is decided by it; the account belongs to the identity, whatever its name.
 */
export function accountName(told: string): string {
  const plain = told
    .slice(0, LONGEST * 4)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._@+-]+/g, '-')
  const name = plain
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '')
  try {
    checkPrincipalName(name)
    return name
  } catch {
    // Empty, or reserved.
    return name === '' ? 'user' : `user-${name}`
  }
}

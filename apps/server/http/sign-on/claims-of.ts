import type { Claims } from '@orrery/domain/access'
import type { Logger } from 'pino'

/** Of one account; what is beyond is left away, and the log says so. */
const MOST_GROUPS = 200

/**
 * What of a provider's words concerns the workspace.
 *
 * @param told claims of the ID token, and of the user info endpoint where the token has them not
 */
export function claimsOf(
  told: Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string },
  groupsClaim: string,
  log: Logger,
): Claims {
  const { iss: issuer, sub: subject } = told
  // An address that nobody has proved may be anybody's.
  const email = told.email_verified === true ? textOf(told.email) : ''
  const name = textOf(told.preferred_username) || email || subject
  return { issuer, subject, email, name, groups: groupsOf(told, groupsClaim, log) }
}

function groupsOf(told: Readonly<Record<string, unknown>>, claim: string, log: Logger): string[] {
  const said = told[claim]
  const elsewhere = told._claim_names
  if (said === undefined && typeof elsewhere === 'object' && elsewhere !== null && claim in elsewhere) {
    log.warn(
      { claim },
      'the provider has more groups of an account than it sends: none of them count. Let it send those of this application only',
    )
    return []
  }
  const all = (Array.isArray(said) ? said : [said]).filter(
    (group) => typeof group === 'string' && group !== '',
  )
  const groups = [...new Set(all as string[])]
  if (groups.length > MOST_GROUPS) {
    log.warn({ claim, groups: groups.length }, `of the groups of an account the first ${MOST_GROUPS} count`)
  }
  return groups.slice(0, MOST_GROUPS)
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

import { invalid, Problem } from '@orrery/base/kernel'
import type { Egress, Mailer } from '@orrery/drivers/egress'
import { checkFilter } from '../matching/check-filter.ts'
import { checkMlflowFilter } from '../shapes/mlflow-events.ts'
import { SHAPES, type Shape, SUBSCRIPTION_LIMITS, type SubscriptionFilter } from '../subscription.ts'

const LIMITS = SUBSCRIPTION_LIMITS
const LEAST_SECRET = 16
const LEAST_TTL_MS = 60_000
/** Nothing can be signed where nobody could check it. */
const UNSIGNED: readonly Shape[] = ['email', 'slack', 'teams']

export function checkShape(shape: Shape): Shape {
  if (SHAPES.includes(shape)) return shape
  throw invalid(`'shape' is '${String(shape).slice(0, 100)}'; allowed are ${SHAPES.join(', ')}.`)
}

export function checkName(name: string): string {
  if (name.trim() === '' || name.length > LIMITS.name || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    throw invalid(`'name' must have 1 to ${LIMITS.name} characters and no control characters.`)
  }
  return name
}

export function checkDescription(description: string): string | null {
  if (description.length > LIMITS.description) {
    throw invalid(
      `'description' has ${description.length} characters; at most ${LIMITS.description} are allowed.`,
    )
  }
  return description === '' ? null : description
}

/** @returns as it is stored */
export function checkTarget(
  shape: Shape,
  target: string | readonly string[],
  { egress, mailer }: { readonly egress: Egress; readonly mailer: Mailer | undefined },
): string {
  if (shape !== 'email') {
    if (typeof target !== 'string')
      throw invalid(`'url' is missing: a subscription of shape '${shape}' has one.`)
    return egress.checkUrl(target, 'url').href
  }
  if (typeof target === 'string')
    throw invalid("'addresses' is missing: a subscription by e-mail has a list.")
  if (mailer === undefined) {
    throw new Problem('INVALID_STATE', 'This server sends no e-mail: it has no mail server.', {
      hint: 'Its operator names one with --smtp-url.',
    })
  }
  if (target.length === 0 || target.length > LIMITS.addresses) {
    throw invalid(`'addresses' has ${target.length} entries; allowed are 1 to ${LIMITS.addresses}.`)
  }
  for (const address of target) checkAddress(address)
  return JSON.stringify([...new Set(target)])
}

/** What mail servers take without quotes; with them come line breaks, routes and lists. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

function checkAddress(address: string): void {
  if (address.length <= 254 && ADDRESS.test(address)) return
  throw invalid(
    `'addresses' has ${JSON.stringify(address.slice(0, 100))}, which is no address such as alice@example.org.`,
  )
}

/** @param secret empty: none */
export function checkSecret(shape: Shape, secret: string | undefined): string | undefined {
  if (secret === undefined || secret === '') return undefined
  if (UNSIGNED.includes(shape)) {
    throw invalid(`'secret' is given, and nothing of shape '${shape}' is signed.`, 'Leave it out.')
  }
  const least = shape === 'mlflow' ? 1 : LEAST_SECRET
  if (secret.length < least || secret.length > LIMITS.secret) {
    throw invalid(`'secret' has ${secret.length} characters; allowed are ${least} to ${LIMITS.secret}.`)
  }
  return secret
}

export function checkFilterFor(shape: Shape, filter: SubscriptionFilter): string {
  checkFilter(filter)
  if (shape === 'mlflow') checkMlflowFilter(filter)
  return JSON.stringify(filter)
}

export function checkMaxAttempts(attempts: number): number {
  return checkNumber('max_attempts', attempts, 1, LIMITS.maxAttempts)
}

export function checkTtl(ttlMs: number): number {
  return checkNumber('ttl_ms', ttlMs, LEAST_TTL_MS, LIMITS.ttlMs)
}

export function checkLimit(limit: number): number {
  return checkNumber('limit', limit, 1, 1_000)
}

export function checkNumber(field: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(`'${field}' is ${value}; allowed are ${least} to ${most}.`)
}

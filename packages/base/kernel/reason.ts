import { invalid } from './problem.ts'

/** Of a reason that a caller gives for a change, in characters after the spaces around it are taken away. */
export const REASON_LIMITS = { shortest: 3, longest: 1_000 } as const

// Also the marks that turn the direction of a text: in a terminal or a list they would show another one.
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** What nobody sees: three of them say nothing. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * A reason as it is kept: without the spaces around it; undefined where nothing was said.
 *
 * @param where `the header X-Orrery-Reason`, `'reason'`, for the sentence
 * @throws INVALID_PARAMETER_VALUE where it is shorter or longer than is allowed, or holds control characters
 */
export function readReason(given: string | undefined, where: string): string | undefined {
  const reason = given?.trim() ?? ''
  if (reason === '') return undefined
  if (CONTROL.test(reason)) throw invalid(`A reason holds no control characters or line breaks (${where}).`)
  const { length } = [...reason]
  const seen = [...reason.replace(UNSEEN, '').trim()].length
  const { shortest, longest } = REASON_LIMITS
  if (seen >= shortest && length <= longest) return reason
  throw invalid(
    `A reason has ${shortest} to ${longest.toLocaleString('en-US')} characters; ${where} has ${seen < shortest ? seen : length}.`,
  )
}

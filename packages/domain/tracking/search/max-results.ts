import { invalid } from '@orrery/base/kernel'

/** @throws INVALID_PARAMETER_VALUE outside 1 to `most` */
export function checkMaxResults(given: number | undefined, unlessGiven: number, most: number): number {
  const value = given ?? unlessGiven
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  const rule = value > most ? `It must be at most ${most}` : 'It must be a positive integer'
  throw invalid(`Invalid value ${value} for parameter 'max_results' supplied. ${rule}.`)
}

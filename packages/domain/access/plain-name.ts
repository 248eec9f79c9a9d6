import { invalid } from '@orrery/base/kernel'

/*
 * Names of accounts, groups and custom roles are ASCII: among all the letters of the world too many look alike, and whoever
 * reads a list of members must see who is in it.
 */

/** For people, at the end of a sentence about a name that has others. */
export const PLAIN = 'A to Z, a to z, 0 to 9 and . _ @ + -, and no dot at the beginning'

const PLAIN_NAME = /^(?!\.)[A-Za-z0-9._@+-]+$/

/**
 * Refuses a name that somebody could take for another.
 *
 * @param what begins the sentence: `Invalid name`
 * @param most characters
 */
export function checkPlainName(name: string, what: string, most: number): void {
  const told = JSON.stringify(name.slice(0, most))
  const length = [...name].length
  if (length > most) throw invalid(`${what} ${told}: it has ${length} characters, at most ${most} fit.`)
  if (PLAIN_NAME.test(name)) return
  throw invalid(`${what} ${told}: a name has ${PLAIN}.`)
}

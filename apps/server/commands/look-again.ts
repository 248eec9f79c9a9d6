import { setTimeout as sleep } from 'node:timers/promises'

/** A writer makes its file visible a moment before its row. */
const WAITS_MS = [50, 100, 200, 400, 800]

/**
 * Asks again of what did not agree, of all of it after each wait: of a folder that is not mounted that is every file, and a
 * second for each would be days.
 *
 * @returns what agrees in the end no more than in the beginning
 */
export async function lookAgain<Item>(
  doubtful: readonly Item[],
  agrees: (item: Item) => Promise<boolean>,
): Promise<readonly Item[]> {
  let left = doubtful
  for (const wait of WAITS_MS) {
    if (left.length === 0) break
    await sleep(wait)
    const still: Item[] = []
    for (const item of left) if (!(await agrees(item))) still.push(item)
    left = still
  }
  return left
}

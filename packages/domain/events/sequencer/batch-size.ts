/** Events that one turn moves at most. */
const MOST = 1_000
const FIRST = 50

/** A turn holds the loop for so long at most, in ms, and takes more where it was quicker than the second. */
const LONG_MS = 5
const SHORT_MS = 2

/** In UTF-16 units of a turn's JSON: it is in memory several times over while it moves. */
const LARGE = 4 * 2 ** 20

/** How many events the next turn moves, after what the turns before it took. */
export function makeBatchSize() {
  let size = FIRST
  return {
    get size() {
      return size
    },
    /** @param ms of the loop's own time */
    learn(moved: number, ms: number, units: number): void {
      if (ms > LONG_MS || units > LARGE) size = Math.max(1, Math.floor(Math.min(size, moved) / 2))
      else if (ms < SHORT_MS && units < LARGE / 4 && moved === size) size = Math.min(MOST, size * 2)
    },
  }
}

/**
 * Runs what a verb left for after its COMMIT. A cache that could not learn is wrong from now on, and the caller's
 * write is done: so it becomes an uncaught error, not a refusal.
 */
export function tellLearnings(learnings: readonly (() => void)[]): void {
  for (const learn of learnings) {
    try {
      learn()
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }
}

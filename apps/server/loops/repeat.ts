/** A step of background work that is taken again and again. */
export interface Repeated {
  readonly everyMs: number
  /**
   * When the first step is taken; 0: before `startRepeating` returns.
   *
   * @default everyMs
   */
  readonly firstAfterMs?: number
  readonly step: () => Promise<void>
  /** Hears of each step that fails; the next one is taken all the same. @param isNew whether the one before went well */
  readonly failed: (error: unknown, isNew: boolean) => void
}

/**
 * Takes a step again and again, one at a time: while one is under way none begins.
 *
 * @returns ends it; waits for a step that is under way
 */
export function startRepeating({ everyMs, firstAfterMs, step, failed }: Repeated): () => Promise<void> {
  let running: Promise<void> | undefined
  let isFailing = false
  const round = async () => {
    try {
      await step()
      isFailing = false
    } catch (error) {
      failed(error, !isFailing)
      isFailing = true
    } finally {
      running = undefined
    }
  }
  const take = () => {
    running ??= round()
  }
  const timer = setInterval(take, everyMs).unref()
  let first: NodeJS.Timeout | undefined
  if (firstAfterMs === 0) take()
  else if (firstAfterMs !== undefined) first = setTimeout(take, firstAfterMs).unref()
  return async function stop() {
    clearTimeout(first)
    clearInterval(timer)
    await running
  }
}

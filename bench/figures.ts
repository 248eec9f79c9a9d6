/** One row of the results. */
export interface Figure {
  /** What was done, as the row's heading. */
  readonly work: string
  readonly unit:
    | 'µs'
    | 'ms'
    | 's'
    | 'MiB'
    | 'MB'
    | 'MB/s'
    | 'points/s'
    | 'requests/s'
    | 'events/s'
    | 'files/s'
    | 'points'
    | '%'
  /** Whether more or less is better; decides how the ratio is read. */
  readonly better: 'more' | 'less'
  /** The goal, in `unit`. */
  readonly goal?: number
  /** One value per round. */
  readonly ours: readonly number[]
  readonly theirs?: readonly number[]
}

/** What one part of the bench found, with when and how. */
export interface PartResult {
  readonly part: string
  readonly title: string
  /** ISO date and minute. */
  readonly measuredAt: string
  readonly commit: string
  /** What other programs took of the cores just before, from 0 to 1; left out where nobody looked. */
  readonly busyBefore?: number
  readonly figures: readonly Figure[]
  /** How it was measured, in sentences. */
  readonly how: readonly string[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** @returns undefined for a figure without a goal */
export function reachesGoal({ goal, better, ours }: Figure): boolean | undefined {
  if (goal === undefined) return undefined
  return better === 'more' ? median(ours) >= goal : median(ours) < goal
}

/** One logged value. `value` may be NaN or infinite. */
export interface Point {
  readonly key: string
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly step: number
}

/**
 * A point as it lies in the table, without its series: step, timestamp, value, nan. A series is ordered by these
 * four, so that its last row is the latest value.
 */
export type Position = readonly [step: number, timestamp: number, value: number, nan: number]

/** NaN is stored as 0 with a flag, an infinity as the largest double: as MLflow stores them. */
export function positionOf({ step, timestamp, value }: Point): Position {
  if (Number.isNaN(value)) return [step, timestamp, 0, 1]
  if (value === Number.POSITIVE_INFINITY) return [step, timestamp, Number.MAX_VALUE, 0]
  if (value === Number.NEGATIVE_INFINITY) return [step, timestamp, -Number.MAX_VALUE, 0]
  return [step, timestamp, value, 0]
}

/** What a stored value means to a reader. */
export const storedValue = (row: { value: number; nan: number }): number =>
  row.nan === 1 ? Number.NaN : row.value

/** Below, at or above zero, as for sorting. */
export function comparePositions(a: Position, b: Position): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]
}

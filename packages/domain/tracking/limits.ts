/** MLflow's limits. Lengths count Unicode characters, not UTF-16 units. Source: mlflow 3.17.2, utils/validation.py. */
export const LIMITS = {
  metricsPerBatch: 1000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entriesPerBatch: 1000,
  /** Of any list of a call for which MLflow has no limit: half a million tags of one run took seconds of everybody's time. */
  entriesPerCall: 1000,
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  /** As long as the tag that holds the name as well; users likewise. MLflow leaves it to the database. */
  runName: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
} as const

/** How many characters a text has, as MLflow counts. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

export function isLongerThan(text: string, limit: number): boolean {
  return text.length > limit && lengthOf(text) > limit
}

/** Cuts what is too long, at a whole character: MLflow keeps the beginning rather than refuse the run's value. */
export function cutTo(text: string, limit: number): string {
  // A character is at most two units, so only the beginning of a value of megabytes is taken apart.
  return isLongerThan(text, limit)
    ? Array.from(text.slice(0, 2 * limit))
        .slice(0, limit)
        .join('')
    : text
}

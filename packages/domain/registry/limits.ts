/**
 * Lengths in Unicode characters. Names, aliases and tags as mlflow 3.17.2 (utils/validation.py, and the widths of its
 * columns); what its SQLite takes in any length has a bound here that nobody meets in earnest.
 */
export const LIMITS = {
  name: 256,
  alias: 255,
  tagKey: 250,
  tagValue: 100_000,
  description: 100_000,
  source: 2048,
  runLink: 2048,
  /** Also of a logged model's id. */
  runId: 256,
  tagsPerCall: 1000,
  /** Aliases of one model; each read of a version looks through them. */
  aliases: 1000,
  /** A manifest is a row per file, written in the transaction of the registration: 20,000 take about 30 ms. */
  manifestFiles: 20_000,
  /** Of `MLmodel`, which is read whole and parsed. */
  modelFileBytes: 1024 * 1024,
} as const

/** Of an archive, checked on the bytes that really come and not on what its headers say. */
export const ARCHIVE_LIMITS = {
  bytes: 10 * 1024 ** 3,
  entries: 20_000,
  depth: 32,
  /** Unpacked to packed. */
  ratio: 100,
  /** Versions in one archive of a model. */
  versions: 1000,
  /** Of the model and its versions together: rows of the one transaction, in which nobody else writes. */
  tags: 20_000,
} as const

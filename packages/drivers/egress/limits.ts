/** Bounds of one call. */
export const LIMITS = {
  /** Characters of a URL. */
  url: 2_048,
  resolveMs: 3_000,
  connectMs: 3_000,
  /** From the first step to the last byte, in ms. */
  totalMs: 10_000,
  requestBytes: 4 * 1024 * 1024,
  /** What is read of an answer's body; what comes after is not waited for. */
  answerBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  /** Open sockets in all. None to one origin: those who share a host would wait for whichever of them hangs. */
  sockets: 512,
  /** Idle sockets are kept for so long, in ms, and only for their own origin and address. */
  idleMs: 10_000,
} as const

/** Ports above 1023 that speak something to which a POST could be harmful. */
export const REFUSED_PORTS: readonly number[] = [
  1433, 1521, 2375, 2376, 2379, 2380, 3306, 5432, 5672, 5984, 6379, 6443, 8500, 9042, 9092, 9200, 9300, 10250,
  11211, 27017,
]

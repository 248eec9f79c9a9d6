/** Where new ids come from. Injected, so that tests can foresee them. */
export interface IdSource {
  /** 32 lower-case hex digits with 122 random bits: the form of MLflow's run ids. */
  hex32(): string
}

export const randomIds: IdSource = {
  hex32: () => crypto.randomUUID().replaceAll('-', ''),
}

/** Ids that count up, for tests. */
export function countingIds(start = 1): IdSource {
  let next = start
  return { hex32: () => (next++).toString(16).padStart(32, '0') }
}

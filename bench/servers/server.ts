/** A tracking server that runs. */
export interface RunningServer {
  readonly url: string
  /** From the start of the command to the first answer 200 of `/health`. */
  readonly startedMs: number
  /** Memory of all its processes; pages shared with others count in parts (PSS). */
  memoryBytes(): number
  /** Processor time that all its processes have taken since they began, user's and system's. */
  cpuMs(): number
  stop(): Promise<void>
}

/** One of those that are compared. Each start of it works on the same data, in its own folder. */
export interface Contender {
  readonly name: string
  readonly folder: string
  start(): Promise<RunningServer>
}

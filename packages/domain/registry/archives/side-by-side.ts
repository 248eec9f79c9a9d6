/**
 * Runs tasks beside each other, so many at once. `start` waits for room. The first failure is thrown by the next call;
 * whatever happens, `settle` must be awaited before what the tasks use is taken away.
 */
export class SideBySide {
  readonly #width: number
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(width: number) {
    this.#width = width
  }

  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#width) await Promise.race(this.#running)
    this.#refuse()
    const running = task()
      .catch((error) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when all have ended well. */
  async finish(): Promise<void> {
    await this.settle()
    this.#refuse()
  }

  /** Resolves when all have ended, however they did. */
  async settle(): Promise<void> {
    await Promise.all(this.#running)
  }

  #refuse(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

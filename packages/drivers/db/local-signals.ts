import type { Channel, Signals } from './signals.ts'

/** Signals within the process. Listeners hear in a turn of their own, so nobody runs inside of another's commit. */
export class LocalSignals implements Signals {
  readonly #listeners = new Map<Channel, Set<(word: string) => void>>()

  tell(channel: Channel, word: string): void {
    if (this.hasListeners(channel)) setImmediate(() => this.hear(channel, word))
  }

  listen(channel: Channel, heard: (word: string) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(heard))
    return () => {
      listeners.delete(heard)
    }
  }

  protected hasListeners(channel: Channel): boolean {
    return (this.#listeners.get(channel)?.size ?? 0) > 0
  }

  protected hear(channel: Channel, word: string): void {
    for (const heard of [...(this.#listeners.get(channel) ?? [])]) heard(word)
  }

  protected get channels(): Channel[] {
    return [...this.#listeners.keys()]
  }
}

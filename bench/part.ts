import type { Figure } from './figures.ts'

/** What a part is given to work with. */
export interface Bench {
  /** How often everything is repeated, in turns between the contenders. */
  readonly rounds: number
  /** How long one load lasts, unless the part's own time was not changed. */
  seconds(usual: number): number
  /** A count of the part at the size that was asked for: the full one, or a hundredth with `--quick`. */
  size(full: number): number
  /** Whether `mlflow server` takes part in a round, counted from 0. */
  withMlflow(round: number): boolean
  /** A fresh folder below the bench's temporary one. */
  folder(name: string): string
  /**
   * A folder that outlives the bench where `--keep` names a place, so that filling it need not be repeated.
   * `fill` is called for a folder that is not complete.
   */
  kept(name: string, fill: (folder: string) => Promise<void>): Promise<string>
  say(text: string): void
}

/** One part of the bench; can run alone. */
export interface Part {
  readonly name: string
  readonly title: string
  /** How it is measured, for the results page. */
  readonly how: readonly string[]
  run(bench: Bench): Promise<Figure[]>
}

/** Values per round and name, put together as the rounds go. */
export class Rounds {
  readonly #values = new Map<string, number[]>()

  add(name: string, value: number): void {
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  of(name: string): number[] {
    return this.#values.get(name) ?? []
  }
}

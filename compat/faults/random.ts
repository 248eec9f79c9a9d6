/** Numbers that a seed repeats (mulberry32). */
export interface Random {
  /** From `least` to `most`, both included. */
  whole(least: number, most: number): number
  /** One of the words, as often as its weight says. */
  pick<Word extends string>(weights: Readonly<Record<Word, number>>): Word
}

export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick(weights) {
      const words = Object.entries(weights) as [keyof typeof weights, number][]
      let rest = next() * words.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [word, weight] of words) {
        rest -= weight
        if (rest < 0) return word
      }
      return words.at(-1)![0]
    },
  }
}

/** The seed of this run, which `npm test` takes from the commit. It belongs into every message. */
export function chooseSeed(): number {
  return Number(process.env.ORRERY_TEST_SEED ?? 1)
}

/** Lets work on the same key run one after another, and work on different keys at once. */
export function makeTurns() {
  const last = new Map<string, Promise<unknown>>()

  async function take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = last.get(key)
    const mine = before === undefined ? work() : before.then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }

  return { take }
}

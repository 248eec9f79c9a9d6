/**
 * Works on items, several at a time, in their order. The first failure ends the others by the signal that they are
 * given; it is thrown when all of them have ended.
 *
 * @param most at a time
 */
export async function severalAtOnce<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  most: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const both = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  const next = makeNext(items)
  let failure: { readonly error: unknown } | undefined
  async function worker() {
    try {
      for (let item = await next.take(); item !== undefined && !both.aborted; item = await next.take()) {
        await work(item.value, both)
      }
    } catch (error) {
      failure ??= { error }
      failed.abort(error)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, most) }, worker))
  await next.close()
  signal?.throwIfAborted()
  if (failure !== undefined) throw failure.error
}

/** Items one after the other, also where several ask at the same time. */
function makeNext<Item>(items: Iterable<Item> | AsyncIterable<Item>) {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let last: Promise<unknown> = Promise.resolve()
  let isDone = false
  return {
    take(): Promise<{ readonly value: Item } | undefined> {
      const taken = last.then(async () => {
        if (isDone) return undefined
        const { done, value } = await iterator.next()
        if (done) isDone = true
        return done ? undefined : { value: value as Item }
      })
      last = taken.catch(() => {
        isDone = true
      })
      return taken
    },
    async close() {
      if (!isDone) await iterator.return?.()
    },
  }
}

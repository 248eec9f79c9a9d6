/**
 * The same bytes, of which the first have been made: what goes wrong with them is thrown here, where it can still be
 * said.
 *
 * @param first.bytes at least so many, or all there are
 */
export async function begun(
  body: AsyncIterable<Uint8Array>,
  first: { readonly bytes: number },
): Promise<AsyncIterable<Uint8Array>> {
  const rest = body[Symbol.asyncIterator]()
  const beginning: Uint8Array[] = []
  for (let bytes = 0; bytes < first.bytes; ) {
    const { value, done } = await rest.next()
    if (done === true) break
    beginning.push(value)
    bytes += value.byteLength
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* beginning.splice(0)
      yield* { [Symbol.asyncIterator]: () => rest }
    } finally {
      await rest.return?.()
    }
  }
  return whole()
}

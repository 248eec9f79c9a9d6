/*
 * Loaded into the server before its own code. Asked over the channel of its parent, it tells what has grown on the
 * prototypes that everything shares.
 */
const shared = {
  Object: Object.prototype,
  Array: Array.prototype,
  String: String.prototype,
  Function: Function.prototype,
}
const before = new Map(Object.entries(shared).map(([name, it]) => [name, new Set(Reflect.ownKeys(it))]))

process.on('message', () => {
  const grown = Object.entries(shared).flatMap(([name, prototype]) =>
    Reflect.ownKeys(prototype)
      .filter((key) => !before.get(name)!.has(key))
      .map((key) => `${name}.prototype.${String(key)}`),
  )
  process.send?.({ grown, rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) })
})
// The channel must not keep a server alive that was told to stop.
process.channel?.unref()

/** Rows asked for in one statement: few enough that taking over what comes never holds the loop for long. */
const CHUNK = 250

/** What `load` gives for all keys, a chunk at a time and in their order. */
export async function inChunks<Item>(
  keys: readonly number[],
  load: (some: readonly number[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const items: Item[] = []
  for (let from = 0; from < keys.length; from += CHUNK) {
    for (const item of await load(keys.slice(from, from + CHUNK))) items.push(item)
  }
  return items
}

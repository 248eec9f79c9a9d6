import type { Item } from './item.ts'

/**
 * What goes to one receiver about one subject, in order: only its first is tried. What is sent again has chains of its
 * own, which hold up nothing.
 */
export class Chain {
  readonly key: string
  readonly isReplay: boolean
  isUnderWay = false
  #items: Item[] = []
  #start = 0

  constructor(key: string, isReplay: boolean) {
    this.key = key
    this.isReplay = isReplay
  }

  get length(): number {
    return this.#items.length - this.#start
  }

  get first(): Item | undefined {
    return this.#items[this.#start]
  }

  /** Those that could go now, in order. @param most at least 1 */
  leading(now: number, most: number): Item[] {
    const leading: Item[] = []
    for (let i = this.#start; i < this.#items.length && leading.length < most; i++) {
      const item = this.#items[i]!
      if (item.nextAt > now || (item.isAlone && leading.length > 0)) break
      leading.push(item)
      if (item.isAlone) break
    }
    return leading
  }

  all(): readonly Item[] {
    return this.#start === 0 ? this.#items : this.#items.slice(this.#start)
  }

  /** Where it belongs by position, though never before what is under way. */
  add(item: Item): void {
    let at = this.#items.length
    const least = this.#start + (this.isUnderWay ? 1 : 0)
    while (at > least && isBehind(this.#items[at - 1]!, item)) at -= 1
    if (at === this.#items.length) this.#items.push(item)
    else this.#items.splice(at, 0, item)
  }

  /** Mostly the first. */
  remove(item: Item): void {
    if (this.#items[this.#start] === item) {
      this.#start += 1
      if (this.#start > 64 && this.#start * 2 > this.#items.length) {
        this.#items = this.#items.slice(this.#start)
        this.#start = 0
      }
      return
    }
    const at = this.#items.indexOf(item, this.#start)
    if (at >= 0) this.#items.splice(at, 1)
  }
}

function isBehind(a: Item, b: Item): boolean {
  return a.position > b.position || (a.position === b.position && a.replay > b.replay)
}

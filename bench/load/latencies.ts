/** Keeps every latency, so that no percentile is rounded to a bucket: 8 bytes a request. */
export class Latencies {
  #kept = new Float64Array(65_536)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(ms: number): void {
    if (this.#count === this.#kept.length) {
      const larger = new Float64Array(this.#kept.length * 2)
      larger.set(this.#kept)
      this.#kept = larger
    }
    this.#kept[this.#count++] = ms
  }

  summary(): { p50: number; p95: number; p99: number; max: number } {
    const sorted = this.#kept.slice(0, this.#count).sort()
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
  }
}

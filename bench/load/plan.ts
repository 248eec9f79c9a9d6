/** What the load process is told to do, and what it tells afterwards. Crosses the process as one message each way. */
export type Plan = RequestPlan | UploadPlan | DownloadPlan

/** Where a text holds this mark, each sending puts a number in its place that grows by one per request. */
export const COUNTER = '######'

export interface PreparedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly body?: string
  /** Besides those of a JSON body. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Small requests over kept connections. */
export interface RequestPlan {
  readonly kind: 'requests'
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** Sent as well, before the clock runs. @default 0 */
  readonly warmUpSeconds?: number
  /**
   * Requests due per second, whether or not earlier ones were answered; a latency then begins when its request was
   * due. Without it each connection sends its next request when the last one was answered.
   */
  readonly ratePerSecond?: number
  /** Connection n sends the n-th, n + connections-th … of them, over and over. */
  readonly requests: readonly PreparedRequest[]
}

export interface UploadPlan {
  readonly kind: 'upload'
  readonly url: string
  readonly path: string
  readonly bytes: number
}

export interface DownloadPlan {
  readonly kind: 'download'
  readonly url: string
  readonly path: string
  readonly bytes: number
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }
  /** How much of one core the load process itself took. */
  readonly cpuShare: number
}

export type FromLoad = { type: 'done'; result: LoadResult } | { type: 'failed'; message: string }

import { type Client, makeClient, type Reply } from './client.ts'
import { type Cell, type Ledger, type Outcome, TOLD_BY_ANSWER } from './ledger.ts'
import { fileCell, MARK_TAGS, markCell, paramCell, pointCell, tagCell } from './places.ts'
import type { Random } from './random.ts'

export interface LoadOptions {
  readonly ledger: Ledger
  readonly random: Random
  readonly experimentId: string
  /** Runs that every worker logs to, besides runs of its own. */
  readonly sharedRuns?: readonly string[]
  readonly workers?: number
  /** Told of every answer, with what was asked. */
  readonly onAnswer?: (kind: Kind, reply: Reply) => void
}

export interface Load {
  /** Lets every worker finish the operation it is at. */
  stop(): Promise<void>
}

/** What the workers do, and how often. */
const MIX = { create: 6, logBatch: 25, logMetric: 30, logParam: 12, setTag: 15, putFile: 12 } as const
export type Kind = keyof typeof MIX

const API = '/api/2.0/mlflow'
const FILES = '/api/2.0/mlflow-artifacts/artifacts'

/** Begins a mixed load. Each worker does one thing after another, until told to stop or until the server is gone. */
export function startLoad(url: string, options: LoadOptions): Load {
  const { workers = 6 } = options
  const client = makeClient(url)
  const state = { isStopping: false }
  const running = Array.from({ length: workers }, () => work(client, options, state))
  return {
    async stop() {
      state.isStopping = true
      await Promise.all(running)
      client.close()
    },
  }
}

async function work(client: Client, options: LoadOptions, state: { isStopping: boolean }): Promise<void> {
  const { ledger, random, sharedRuns = [] } = options
  const worker = new Worker(client, options, `w${ledger.unique()}`)
  let run: string | undefined
  while (!state.isStopping && worker.isServed) {
    const kind = run === undefined ? 'create' : random.pick(MIX)
    if (kind === 'create') run = (await worker.create()) ?? run
    else if (sharedRuns.length > 0 && random.whole(0, 1) === 1) {
      await worker[kind](sharedRuns[random.whole(0, sharedRuns.length - 1)]!)
    } else await worker[kind](run!)
  }
}

class Worker {
  /** False once a request found nobody. */
  isServed = true
  readonly #client: Client
  readonly #options: LoadOptions
  readonly #name: string

  constructor(client: Client, options: LoadOptions, name: string) {
    this.#client = client
    this.#options = options
    this.#name = name
  }

  /** @returns the id of the new run, if there was an answer */
  async create(): Promise<string | undefined> {
    const mark = `m${this.#options.ledger.unique()}`
    const cells = MARK_TAGS.map((tag) => markCell(mark, tag, TOLD_BY_ANSWER))
    const tags = MARK_TAGS.map((key) => ({ key, value: mark }))
    const body = { experiment_id: this.#options.experimentId, tags }
    return this.#send('create', cells, 'POST', `${API}/runs/create`, body, runIdOf)
  }

  async logMetric(run: string): Promise<void> {
    const step = this.#options.ledger.unique()
    const body = { run_id: run, key: 'loss', value: valueAt(step), timestamp: 1_700_000_000_000 + step, step }
    const cells = [pointCell(run, 'loss', step, valueAt(step))]
    await this.#send('logMetric', cells, 'POST', `${API}/runs/log-metric`, body)
  }

  /** Points of two series, params and tags: all of them or none. */
  async logBatch(run: string): Promise<void> {
    const { ledger, random } = this.#options
    const steps = Array.from({ length: random.whole(1, 12) }, () => ledger.unique())
    const metrics = steps.map((step) => ({
      key: step % 2 === 0 ? 'even' : 'odd',
      value: valueAt(step),
      timestamp: 1_700_000_000_000,
      step,
    }))
    const params = [{ key: `p${ledger.unique()}`, value: `${this.#name} ${steps[0]}` }]
    const tags = [{ key: `t${ledger.unique()}`, value: `${this.#name} ${steps[0]}` }]
    const cells = [
      ...metrics.map(({ key, step, value }) => pointCell(run, key, step, value)),
      ...params.map(({ key, value }) => paramCell(run, key, value)),
      ...tags.map(({ key, value }) => tagCell(run, key, value)),
    ]
    await this.#send('logBatch', cells, 'POST', `${API}/runs/log-batch`, {
      run_id: run,
      metrics,
      params,
      tags,
    })
  }

  /** Now and then under a name that is taken already: one value stays, and the rest are refused. */
  async logParam(run: string): Promise<void> {
    const { ledger, random } = this.#options
    const key = random.whole(0, 2) === 0 ? 'fought-for' : `q${ledger.unique()}`
    const value = `${this.#name} ${ledger.unique()}`
    const body = { run_id: run, key, value }
    await this.#send('logParam', [paramCell(run, key, value)], 'POST', `${API}/runs/log-parameter`, body)
  }

  async setTag(run: string): Promise<void> {
    const key = `now.${this.#name}`
    const value = String(this.#options.ledger.unique())
    const body = { run_id: run, key, value }
    await this.#send('setTag', [tagCell(run, key, value)], 'POST', `${API}/runs/set-tag`, body)
  }

  /** Small files and some of a few hundred KiB; a third replaces an older one of this worker. */
  async putFile(run: string): Promise<void> {
    const { ledger, random, experimentId } = this.#options
    const again = random.whole(0, 2) === 0
    const path = `${this.#name}/${again ? 'again' : `f${ledger.unique()}`}.bin`
    const size = random.whole(0, 3) === 0 ? random.whole(100_000, 400_000) : random.whole(0, 2_000)
    const bytes = Buffer.alloc(size, `${this.#name} ${ledger.unique()} `)
    const place = `${FILES}/${experimentId}/${run}/artifacts/${path}`
    await this.#send('putFile', [fileCell(run, path, bytes)], 'PUT', place, bytes)
  }

  async #send(
    kind: Kind,
    cells: readonly Cell[],
    method: string,
    path: string,
    body: Buffer | object,
    gives?: (reply: Reply) => string,
  ): Promise<string | undefined> {
    const end = this.#options.ledger.begin(kind, cells)
    let reply: Reply
    try {
      reply = await this.#client.send(method, path, body)
    } catch {
      // Refused, reset or cut off: the server is gone, or this connection is.
      end('unknown')
      this.isServed = false
      return undefined
    }
    const outcome = outcomeOf(reply.status)
    const gave = outcome === 'ok' ? gives?.(reply) : undefined
    end(outcome, gave)
    this.#options.onAnswer?.(kind, reply)
    return gave
  }
}

/** No two points have the same value, and doubles hold it exactly. */
const valueAt = (step: number) => step + 0.5

/** 507 promises that nothing was written; every other 5xx promises nothing. */
function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'ok'
  return status < 500 || status === 507 ? 'failed' : 'unknown'
}

function runIdOf({ body }: Reply): string {
  return (JSON.parse(body.toString()) as { run: { info: { run_id: string } } }).run.info.run_id
}

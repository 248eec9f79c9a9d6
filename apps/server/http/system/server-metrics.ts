import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from 'prom-client'

/** Figures of the server. Observing a request costs an addition; everything else is read when it is asked for. */
export interface ServerMetrics {
  observe(route: string, status: number, durationMs: number): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

const BUCKET_BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** prom-client costs the start some 30 ms, so it is loaded when the server has been up for so long, or is asked. */
const LOAD_AFTER_MS = 1_000
/** Answers that are kept until then; more than a second brings. */
const MOST_EARLY = 50_000

/** @param queueLength how many writes have no answer yet */
export function makeServerMetrics(queueLength: () => number): ServerMetrics {
  const early: Parameters<ServerMetrics['observe']>[] = []
  let figures: Figures | undefined
  async function load(): Promise<Figures> {
    const client = await import('prom-client')
    figures ??= makeFigures(client, queueLength)
    for (const answer of early.splice(0)) figures.observe(...answer)
    return figures
  }
  setTimeout(() => void load(), LOAD_AFTER_MS).unref()
  return {
    observe(...answer) {
      if (figures !== undefined) figures.observe(...answer)
      else if (early.length < MOST_EARLY) early.push(answer)
    },
    async text() {
      return (await load()).register.metrics()
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}

type Client = typeof import('prom-client')

interface Figures {
  readonly register: Registry
  observe(route: string, status: number, durationMs: number): void
}

function makeFigures(client: Client, queueLength: () => number): Figures {
  const register = new client.Registry()
  const durations = new client.Histogram({
    name: 'orrery_request_duration_seconds',
    help: 'Time from the router to the last byte handed over, by route.',
    labelNames: ['route'],
    buckets: BUCKET_BOUNDS_SECONDS,
    registers: [register],
  })
  const answers = new client.Counter({
    name: 'orrery_answers_total',
    help: 'Answers, by route and status.',
    labelNames: ['route', 'status'],
    registers: [register],
  })
  const gauge = gaugeMaker(client, register)
  gauge('orrery_resident_memory_bytes', 'Resident memory of the process.', process.memoryUsage.rss)
  gauge('orrery_uptime_seconds', 'Seconds since the start of the process.', process.uptime)
  gauge('orrery_event_loop_delay_p99_seconds', 'Delay of the event loop since the last scrape.', loopDelay())
  gauge('orrery_waiting_writes', 'Writes that have no answer yet.', queueLength)
  // Bound children are looked up once for each route, not once for each request.
  const durationOf = new Map<string, { observe(seconds: number): void }>()
  const answersOf = new Map<string, { inc(): void }>()
  return {
    register,
    observe(route, status, durationMs) {
      remembered(durationOf, route, () => durations.labels(route)).observe(durationMs / 1000)
      remembered(answersOf, `${route} ${status}`, () => answers.labels(route, String(status))).inc()
    },
  }
}

function remembered<Child>(children: Map<string, Child>, key: string, make: () => Child): Child {
  let child = children.get(key)
  if (child === undefined) {
    child = make()
    children.set(key, child)
  }
  return child
}

function gaugeMaker(client: Client, register: Registry) {
  return function gauge(name: string, help: string, read: () => number): void {
    new client.Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(read())
      },
    })
  }
}

const NANOSECONDS = 1e9

/** The 99th percentile since the last look, so that a scrape sees the worst of its own interval. */
function loopDelay(): () => number {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return () => {
    const seconds = delay.percentile(99) / NANOSECONDS
    delay.reset()
    return Number.isFinite(seconds) ? seconds : 0
  }
}

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Figures of the server. Observing a request costs an addition; everything else is read when it is asked for. */
export interface ServerMetrics {
  observe(route: string, status: number, durationMs: number): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

const BUCKET_BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** @param queueLength how many writes wait for their turn, if the store can tell */
export function makeServerMetrics(queueLength: (() => number) | undefined): ServerMetrics {
  const register = new Registry()
  const durations = new Histogram({
    name: 'orrery_request_duration_seconds',
    help: 'Time from the router to the last byte handed over, by route.',
    labelNames: ['route'],
    buckets: BUCKET_BOUNDS_SECONDS,
    registers: [register],
  })
  const answers = new Counter({
    name: 'orrery_answers_total',
    help: 'Answers, by route and status.',
    labelNames: ['route', 'status'],
    registers: [register],
  })
  gauge(register, 'orrery_resident_memory_bytes', 'Resident memory of the process.', process.memoryUsage.rss)
  gauge(register, 'orrery_uptime_seconds', 'Seconds since the start of the process.', process.uptime)
  loopDelay(register)
  if (queueLength !== undefined) {
    gauge(register, 'orrery_waiting_writes', 'Writes that wait for their turn.', queueLength)
  }
  // Bound children are looked up once for each route, not once for each request.
  const durationOf = new Map<string, { observe(seconds: number): void }>()
  const answersOf = new Map<string, { inc(): void }>()
  return {
    observe(route, status, durationMs) {
      remembered(durationOf, route, () => durations.labels(route)).observe(durationMs / 1000)
      remembered(answersOf, `${route} ${status}`, () => answers.labels(route, String(status))).inc()
    },
    text: () => register.metrics(),
    contentType: register.contentType,
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

function gauge(register: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [register],
    collect() {
      this.set(read())
    },
  })
}

const NANOSECONDS = 1e9

/** The 99th percentile since the last look, so that a scrape sees the worst of its own interval. */
function loopDelay(register: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  gauge(
    register,
    'orrery_event_loop_delay_p99_seconds',
    'Delay of the event loop since the last scrape.',
    () => {
      const seconds = delay.percentile(99) / NANOSECONDS
      delay.reset()
      return Number.isFinite(seconds) ? seconds : 0
    },
  )
}

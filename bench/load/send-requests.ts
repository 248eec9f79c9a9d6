import { Connection } from './connection.ts'
import { Latencies } from './latencies.ts'
import type { LoadResult, RequestPlan } from './plan.ts'
import { Prepared } from './prepared.ts'

/** One connection with the requests that it sends in turn. */
interface Lane {
  readonly connection: Connection
  readonly requests: readonly Prepared[]
  at: number
}

/** Sends requests for the planned time. Rejects at the first answer that is not a 200. */
export async function sendRequests(plan: RequestPlan): Promise<LoadResult> {
  const failure = Promise.withResolvers<never>()
  const lanes = await openLanes(plan, (message) => failure.reject(new Error(message)))
  try {
    const send = plan.ratePerSecond === undefined ? closedLoop : constantRate
    if (plan.warmUpSeconds) await Promise.race([send(lanes, plan, plan.warmUpSeconds), failure.promise])
    const cpuBefore = process.cpuUsage()
    const began = performance.now()
    const latencies = await Promise.race([send(lanes, plan, plan.seconds), failure.promise])
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpuBefore)
    const cpuShare = (user + system) / 1e6 / seconds
    return { requests: latencies.count, seconds, latency: latencies.summary(), cpuShare }
  } finally {
    for (const { connection } of lanes) connection.close()
  }
}

async function openLanes(plan: RequestPlan, onFailure: (message: string) => void): Promise<Lane[]> {
  const url = new URL(plan.url)
  const { connections, requests } = plan
  const prepared = requests.map((request) => new Prepared(request, url.host))
  const lanes: Lane[] = []
  for (let n = 0; n < connections; n++) {
    const own = prepared.filter((_, at) => at % connections === n % prepared.length)
    lanes.push({ connection: await Connection.open(url, onFailure), requests: own, at: 0 })
  }
  return lanes
}

function take(lane: Lane): Buffer {
  const request = lane.requests[lane.at]!
  lane.at = (lane.at + 1) % lane.requests.length
  return request.next()
}

/** Each connection always has one request under way: shows what the server can do, not how long a caller waits. */
function closedLoop(lanes: readonly Lane[], _plan: RequestPlan, seconds: number): Promise<Latencies> {
  const latencies = new Latencies()
  const until = performance.now() + seconds * 1000
  return Promise.all(
    lanes.map(
      (lane) =>
        new Promise<void>((resolve, reject) => {
          const next = () => {
            const began = performance.now()
            if (began >= until) return resolve()
            lane.connection.send(take(lane), () => {
              latencies.add(performance.now() - began)
              try {
                next()
              } catch (error) {
                reject(error)
              }
            })
          }
          next()
        }),
    ),
  ).then(() => latencies)
}

/**
 * Requests fall due at even distances. One that finds no free connection waits, and its latency counts from when it
 * was due: a server that stops for a second is charged for every request of that second.
 */
function constantRate(
  lanes: readonly Lane[],
  { ratePerSecond = 1 }: RequestPlan,
  seconds: number,
): Promise<Latencies> {
  const latencies = new Latencies()
  const free = [...lanes]
  const total = Math.floor(seconds * ratePerSecond)
  const began = performance.now()
  const dueAt = (n: number) => began + (n * 1000) / ratePerSecond
  let sent = 0
  return new Promise((resolve, reject) => {
    const work = () => {
      try {
        // In turns: a connection that never has its turn is closed by servers that keep idle ones for seconds only.
        while (sent < total && free.length > 0 && dueAt(sent) <= performance.now())
          dispatch(free.shift()!, dueAt(sent++))
      } catch (error) {
        clearInterval(timer)
        reject(error)
      }
    }
    const dispatch = (lane: Lane, due: number) => {
      lane.connection.send(take(lane), () => {
        latencies.add(performance.now() - due)
        free.push(lane)
        if (latencies.count === total) {
          clearInterval(timer)
          resolve(latencies)
        } else work()
      })
    }
    const timer = setInterval(work, 1)
  })
}

import { request } from 'node:http'
import type { DownloadPlan, LoadResult, UploadPlan } from './plan.ts'

const PIECE_BYTES = 2 ** 20

/** Incompressible and the same in every process: a piece repeated to the length of the file. */
function pattern(): Buffer {
  const piece = Buffer.alloc(PIECE_BYTES)
  let state = 0x9e3779b9
  for (let at = 0; at < PIECE_BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    piece.writeUInt32LE(state, at)
  }
  return piece
}

/** Sends one large file in one request. Resolves when the server has acknowledged it. */
export async function upload({ url, path, bytes }: UploadPlan): Promise<LoadResult> {
  const piece = pattern()
  return timed(
    () =>
      new Promise((resolve, reject) => {
        const headers = { 'content-length': bytes, 'content-type': 'application/octet-stream' }
        const outgoing = request(`${url}${path}`, { method: 'PUT', headers })
        outgoing.on('error', reject)
        outgoing.on('response', async (response) => {
          const text = await response.setEncoding('utf8').toArray()
          if (response.statusCode === 200) resolve()
          else
            reject(
              new Error(`the upload was answered ${response.statusCode}: ${text.join('').slice(0, 500)}`),
            )
        })
        let sent = 0
        const push = () => {
          while (sent < bytes) {
            const length = Math.min(PIECE_BYTES, bytes - sent)
            sent += length
            if (!outgoing.write(length === PIECE_BYTES ? piece : piece.subarray(0, length))) {
              outgoing.once('drain', push)
              return
            }
          }
          outgoing.end()
        }
        push()
      }),
  )
}

/** Reads one large file and compares every byte with what `upload` sent. */
export async function download({ url, path, bytes }: DownloadPlan): Promise<LoadResult> {
  const piece = pattern()
  const twice = Buffer.concat([piece, piece])
  return timed(
    () =>
      new Promise((resolve, reject) => {
        const outgoing = request(`${url}${path}`, (response) => {
          if (response.statusCode !== 200)
            return reject(new Error(`the download was answered ${response.statusCode}`))
          let seen = 0
          response.on('data', (chunk: Buffer) => {
            const at = seen % PIECE_BYTES
            if (!chunk.equals(twice.subarray(at, at + chunk.length)))
              reject(new Error(`byte ${seen} ff. differ`))
            seen += chunk.length
          })
          response.on('error', reject)
          response.on('end', () =>
            seen === bytes ? resolve() : reject(new Error(`${seen} bytes came; ${bytes} were sent`)),
          )
        })
        outgoing.on('error', reject)
        outgoing.end()
      }),
  )
}

async function timed(work: () => Promise<void>): Promise<LoadResult> {
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpuBefore)
  const latency = { p50: ms, p95: ms, p99: ms, max: ms }
  return { requests: 1, seconds: ms / 1000, latency, cpuShare: (user + system) / 1000 / ms }
}

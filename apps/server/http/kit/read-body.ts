import type { IncomingMessage } from 'node:http'
import { Problem } from '@orrery/base/kernel'
import { freeBlock } from './free-block.ts'
import type { SlowBodies } from './slow-bodies.ts'

const EMPTY = Buffer.alloc(0)

/**
 * Reads a whole body into memory, up to the limit of its route.
 *
 * Throws REQUEST_TOO_LARGE at the limit, before anything is buffered where a Content-Length says so.
 */
export function readBody(request: IncomingMessage, limitBytes: number, slow: SlowBodies): Promise<Buffer> {
  const length = request.headers['content-length']
  if (length !== undefined) {
    if (Number(length) > limitBytes) return Promise.reject(tooLarge(limitBytes))
    if (length === '0') return Promise.resolve(EMPTY)
  } else if (request.headers['transfer-encoding'] === undefined) return Promise.resolve(EMPTY)
  return collect(request, limitBytes, slow)
}

function collect(request: IncomingMessage, limitBytes: number, slow: SlowBodies): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const watch = slow.watch(request)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= limitBytes) return
      request.removeAllListeners('data')
      request.pause()
      slow.forget(watch)
      reject(tooLarge(limitBytes))
    })
    request.on('end', () => {
      slow.forget(watch)
      if (chunks.length === 1) return resolve(chunks[0]!)
      resolve(Buffer.concat(chunks))
      for (const chunk of chunks) freeBlock(chunk)
    })
    request.on('error', (cause) => {
      slow.forget(watch)
      reject(new Problem('BAD_REQUEST', 'The request ended before its body was complete.', { cause }))
    })
  })
}

export function tooLarge(limitBytes: number): Problem {
  return new Problem(
    'REQUEST_TOO_LARGE',
    `The request body is larger than the ${limitBytes} bytes that this call takes.`,
    { hint: 'Split it into several calls.' },
  )
}

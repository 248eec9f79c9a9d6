import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** What Node's parser refuses before there is a request, by its code; the rest is a 400. */
const REFUSALS: Readonly<Record<string, { status: number; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    message: 'The request line and headers are larger than the 16 KiB that the server takes.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The headers did not arrive in time.' },
}

/** Answers what is not HTTP in the shape of every other refusal, and closes: where the next one begins is unknown. */
export function answerUnreadable(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, message } = REFUSALS[error.code ?? ''] ?? {
    status: 400,
    message: 'The request could not be read: it is not valid HTTP/1.1.',
  }
  const body = JSON.stringify({ error_code: 'BAD_REQUEST', message })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

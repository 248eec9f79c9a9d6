import type { Socket } from 'node:net'

const SENTENCES: Readonly<Record<string, { status: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The headers are larger than 16 KiB.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The headers took longer than 15 seconds.',
  },
}
const BROKEN = { status: '400 Bad Request', message: 'This is not valid HTTP/1.1.' }

/** Answers what Node could not read as HTTP, in the shape of every other error, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const { status, message } = SENTENCES[error.code ?? ''] ?? BROKEN
  const body = JSON.stringify({ error_code: 'BAD_REQUEST', message })
  if (socket.writable && socket.bytesWritten === 0) {
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nx-content-type-options: nosniff\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}

import type { OpenFile } from '@orrery/drivers/artifacts'

/** The bytes of a small file, read to its end; whoever calls knows its size. */
export async function readAll(file: OpenFile): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of file.bytes()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

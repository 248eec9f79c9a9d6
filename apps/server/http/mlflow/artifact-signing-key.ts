import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

const KEY_BYTES = 32

/**
 * The key that signs addresses of artifacts, from the home; made at the first start. Signed addresses outlive a
 * restart because of it. Deleting the file makes all of them void.
 */
export async function loadSigningKey(home: string): Promise<Uint8Array> {
  const path = join(home, 'artifact-signing.key')
  const there = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (there !== undefined) return checked(path, there)
  await make(path)
  return checked(path, await readFile(path))
}

/** Whole or not at all, and if two servers start at once the first one's key stands for both. */
async function make(path: string): Promise<void> {
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(randomBytes(KEY_BYTES))
    await handle.sync()
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

function checked(path: string, key: Uint8Array): Uint8Array {
  if (key.byteLength === KEY_BYTES) return key
  throw new Error(`${path} should hold ${KEY_BYTES} random bytes; delete it to have a new one made.`)
}

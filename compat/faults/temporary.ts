import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killServers } from './server.ts'

/** A folder that goes with its scope, and the servers that are still using it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'orrery-faults-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await killServers()
      await rm(path, { recursive: true, force: true })
    },
  }
}

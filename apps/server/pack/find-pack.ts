import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { canKeep, readPack, SERVER } from './pack.ts'

/**
 * The server's pack, made first where there is none or something was changed since: half a second, once.
 *
 * @returns the address of the module to load; undefined where it cannot be made or a source changes just now: then the
 *   sources run as they are
 */
export function findPack(): string | undefined {
  const file = readPack(SERVER) ?? makeServerPack()
  return file && pathToFileURL(file).href
}

function makeServerPack(): string | undefined {
  if (!canKeep(SERVER)) return undefined
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, 'pack-server.ts')], { stdio: 'ignore' })
  } catch {
    // What is wrong with a source, Node says better when it runs it.
    return undefined
  }
  return readPack(SERVER)
}

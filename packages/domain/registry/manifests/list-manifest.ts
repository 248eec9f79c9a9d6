import { readToken, searchName, writeToken } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { Manifests } from '../registry.ts'
import { findVersion } from '../versions/find-version.ts'
import { manifestHead } from './manifest-head.ts'
import { filesAfter } from './manifest-rows.ts'

const PAGE_FILES = 1000

export function makeListManifest({ db }: Pick<RegistryDeps, 'db'>): Manifests['list'] {
  return async function listManifest(caller, { pageToken, ...id }) {
    const { version } = await findVersion(db.read, caller, id)
    const search = searchName('manifest', version.key)
    const [after = ''] = readToken(pageToken, search)?.after ?? []
    const limit = PAGE_FILES + 1
    const files = await db.read.all(filesAfter, { version: version.key, after: String(after), limit })
    const page = { manifest: manifestHead(version), files: files.slice(0, PAGE_FILES) }
    const last = page.files.at(-1)
    if (files.length < limit || last === undefined) return page
    return { ...page, nextPageToken: writeToken(search, { plan: 0, part: 0, skip: 0, after: [last.path] }) }
  }
}

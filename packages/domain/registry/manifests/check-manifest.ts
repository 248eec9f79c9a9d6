import { type Caller, Problem } from '@orrery/base/kernel'
import { type FileBelow, recordedBelow } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import type { ManifestFile } from '../model-version.ts'
import { keyOf } from '../registration/find-content.ts'
import { hashFile } from '../registration/hash-file.ts'
import type { Manifests } from '../registry.ts'
import { type FoundVersion, findVersion } from '../versions/find-version.ts'
import { MOST_RECORDS } from './check-unchanged.ts'
import { isAsRegistered } from './is-as-registered.ts'
import { manifestHead } from './manifest-head.ts'
import { filesAfter } from './manifest-rows.ts'

export function makeCheckManifest(deps: RegistryDeps): Manifests['check'] {
  return async function checkManifest(caller, { deep, ...id }) {
    const { version } = await findVersion(deps.db.read, caller, id)
    if (version.manifestState !== 'complete') throw incomplete(version)
    const { files, records } = await deps.db.scan(async (reads) => ({
      files: await reads.all(filesAfter, { version: version.key, after: '', limit: LIMITS.manifestFiles }),
      records: await recordedBelow(reads, caller, version.contentPath!, MOST_RECORDS + 1),
    }))
    if (records.length > MOST_RECORDS) throw tooMany(version)
    const recorded = new Map(records.map((record) => [record.below, record]))
    const missing: string[] = []
    const changed: string[] = []
    for (const file of files) {
      const record = recorded.get(file.path)
      recorded.delete(file.path)
      const now = record === undefined ? 'missing' : await compare(deps, caller, file, record, deep)
      if (now === 'missing') missing.push(file.path)
      if (now === 'changed') changed.push(file.path)
    }
    return { manifest: manifestHead(version), deep, missing, changed, added: [...recorded.keys()] }
  }
}

async function compare(
  deps: RegistryDeps,
  caller: Caller,
  file: ManifestFile,
  record: FileBelow,
  deep: boolean,
): Promise<'same' | 'changed' | 'missing'> {
  if (deep) {
    const hashed = await hashFile(deps.store, keyOf(caller, record))
    if (hashed === undefined) return 'missing'
    return hashed.sha256 === file.sha256 ? 'same' : 'changed'
  }
  return (await isAsRegistered(deps, caller, file, record)) ? 'same' : 'changed'
}

function incomplete({ name, version, manifestState }: FoundVersion): Problem {
  return new Problem(
    'INVALID_STATE',
    `Model Version (name=${name}, version=${version}) has no manifest to compare with: it is '${manifestState}'.`,
    { hint: 'Register a new version of files that this server keeps.' },
  )
}

function tooMany({ name, version }: FoundVersion): Problem {
  return new Problem(
    'INVALID_STATE',
    `At the source of Model Version (name=${name}, version=${version}) lie more than ${MOST_RECORDS} files now.`,
    { hint: 'Move what does not belong to the version elsewhere.' },
  )
}

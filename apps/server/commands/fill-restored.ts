import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { endCredentials } from '@orrery/domain/access'
import { recordedFiles, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { CannotStart } from '../cannot-start.ts'
import { MIGRATIONS } from '../migrations.ts'
import { ARTIFACTS_FOLDER } from './backup-folder.ts'
import { type CopiedFiles, isSame } from './copy-artifacts.ts'
import { rebuildArtifactFiles } from './stores.ts'

/** Brings the artifacts to a database that is in place, and holds them against its rows. */
export async function fill(
  db: Database,
  place: string,
  from: string,
  keepCredentials: boolean,
): Promise<CopiedFiles> {
  await db.migrate(MIGRATIONS)
  if (!keepCredentials) await db.inTx(endCredentials)
  const target = await openLocalArtifactStore(place)
  try {
    const copied = await copyFolder(join(from, ARTIFACTS_FOLDER), target)
    // A dump by PostgreSQL's tools is younger than the artifacts beside it: what it knows and they lack is forgotten below.
    if (db.can.soleWriter) await refuseDamage(db, copied)
    await rebuildArtifactFiles(db, target)
    return copied
  } finally {
    await target.close()
  }
}

/** Plain files are read, because a store would write into the backup, which may lie on a disk that cannot be written. */
async function copyFolder(folder: string, to: ArtifactStore): Promise<CopiedFiles> {
  const copied: CopiedFiles = new Map()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const key = relative(folder, file)
    // What a desktop or a file server puts there; a store hides such names and takes none.
    if (key.startsWith('.')) continue
    const { size, sha256 } = await to.write(key, createReadStream(file))
    copied.set(key, { size, sha256 })
  }
  return copied
}

async function refuseDamage(db: Database, copied: CopiedFiles): Promise<void> {
  for await (const row of recordedFiles(db.read)) {
    const key = storeKeyOf(row)
    if (isSame(row, copied.get(key))) continue
    const state = copied.has(key) ? 'is not what was backed up' : 'is missing'
    throw new CannotStart(`The backup is damaged: the artifact ${key} ${state}. Nothing was restored.`)
  }
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { countingIds, missing, type Workspace } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit } from '../../events/index.ts'
import { NOTHING_METERED } from '../deps.ts'
import { trackingMigrations } from '../index.ts'
import { bytes } from '../testing/open-metered.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { makeGrants } from './grants.ts'
import { makeArtifacts } from './make-artifacts.ts'

const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const ARCHIVED = { code: 'INVALID_STATE' }

/** A file in a run, with an address to read it, one to write another and one for a part, all signed. */
async function openSigned(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-signed-'))
  const store = await openLocalArtifactStore(root)
  const tracking = await openTracking(db)
  const { here, elsewhere } = tracking
  const clock = () => 1_700_000_000_000
  const workspaces = new Map<string, Workspace>(
    [here, elsewhere].map(({ workspace }) => [workspace.name, workspace]),
  )
  const artifacts = makeArtifacts({
    db,
    emit: makeEmit({ clock, ids: countingIds(1_000_000) }),
    clock,
    store,
    grants: makeGrants({ key: Buffer.alloc(32, 1), clock }),
    meter: NOTHING_METERED,
    findWorkspace(name) {
      const workspace = workspaces.get(name)
      if (workspace === undefined) throw missing(`No workspace is named '${name}'.`)
      return workspace
    },
  })
  const { info } = await tracking.runs.create(here, { experimentId: '0' })
  const { path } = await artifacts.findRoot(here, { runId: info.runId })
  await artifacts.writeArtifact(here, `${path}/a`, bytes('a'))
  const grantOf = (access: object) => (access as { grant: string }).grant
  const get = grantOf((await artifacts.presignDownload(here, `${path}/a`, 60)).access)
  const put = grantOf(await artifacts.presignUpload(here, `${path}/b`, 60))
  const upload = await artifacts.createUpload(here, `${path}/c`, 1)
  return {
    workspaces,
    workspace: here.workspace,
    /** Asked by somebody of the other workspace: signed addresses name their own. */
    async read() {
      const { file } = await artifacts.openGranted(elsewhere, get)
      return Buffer.concat(await file.bytes().toArray()).toString()
    },
    write: () => artifacts.writeGranted(elsewhere, put, bytes('b')),
    putPart: () => artifacts.putPart(elsewhere, grantOf(upload.parts[0]!.access), bytes('c')),
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

eachEngine('signed addresses', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('still read what is archived meanwhile, and write nothing', async () => {
    await using db = await open()
    await using it = await openSigned(db)
    assert.equal(await it.read(), 'a')
    await it.write()
    it.workspaces.set(it.workspace.name, { ...it.workspace, archived: true })
    assert.equal(await it.read(), 'a')
    await assert.rejects(it.write(), ARCHIVED)
    await assert.rejects(it.putPart(), ARCHIVED)
    it.workspaces.set(it.workspace.name, it.workspace)
    await it.write()
    await it.putPart()
  })

  test('end with their workspace, also where another has its name', async () => {
    await using db = await open()
    await using it = await openSigned(db)
    it.workspaces.set(it.workspace.name, { ...it.workspace, key: 1_000_000 })
    for (const use of [it.read, it.write, it.putPart]) await assert.rejects(use(), ABSENT)
    it.workspaces.delete(it.workspace.name)
    for (const use of [it.read, it.write, it.putPart]) await assert.rejects(use(), ABSENT)
  })
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caller, type Change, countingIds, Problem } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit } from '../../events/index.ts'
import { NOTHING_METERED } from '../deps.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { makeGrants } from './grants.ts'
import { makeArtifacts } from './make-artifacts.ts'

const HELD = { code: 'INVALID_STATE' }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** A body that must not be touched. */
const untouched = {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    throw new Error('somebody has read it')
  },
}

/** A run with a file `f`, and a policy that keeps everything once `keep(true)` was said. */
async function openBed(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-artifacts-'))
  const store = await openLocalArtifactStore(root)
  const tracking = await openTracking(db)
  const { here, elsewhere } = tracking
  const clock = () => 1_700_000_000_000
  const asked: { workspace: string; change: Change }[] = []
  let isKept = false
  const artifacts = makeArtifacts({
    ...{ db, clock, store, meter: NOTHING_METERED, findWorkspace: tracking.findWorkspace },
    emit: makeEmit({ clock, ids: countingIds(1_000_000) }),
    grants: makeGrants({ key: Buffer.alloc(32, 1), clock }),
    holds: {
      async ask(_tx, caller, change) {
        asked.push({ workspace: caller.workspace.name, change })
        if (isKept) throw new Problem('INVALID_STATE', 'It is under legal hold.')
      },
    },
  })
  async function newRun(caller: Caller) {
    const { info } = await tracking.runs.create(caller, { experimentId: '0' })
    const { path } = await artifacts.findRoot(caller, { runId: info.runId })
    await artifacts.writeArtifact(caller, `${path}/f`, body('first'))
    return { runId: info.runId, path }
  }
  return {
    ...artifacts,
    ...{ here, elsewhere, asked, newRun },
    keep: (kept: boolean) => {
      isKept = kept
    },
    async text(caller: Caller, path: string) {
      const file = await artifacts.openArtifact(caller, path)
      return Buffer.concat(await file.bytes().toArray()).toString()
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true })
    },
  }
}

eachEngine('files under hold', [accessMigrations, eventsMigrations, trackingMigrations], (open) => {
  test('only for a file that is there somebody is asked, by its name and those above it', async () => {
    await using db = await open()
    await using it = await openBed(db)
    const { runId, path } = await it.newRun(it.here)
    const other = await it.newRun(it.elsewhere)
    await it.writeArtifact(it.here, `${path}/folder/g`, body('x'))
    await it.createUpload(it.here, `${path}/h`, 1)
    assert.deepEqual(it.asked, [])
    await it.writeArtifact(it.here, `${path}/f`, body('second'))
    await it.writeArtifact(it.elsewhere, `${other.path}/f`, body('second'))
    await it.deleteArtifact(it.here, `${path}/folder`)
    const held = (run: string, rest: string) => ({
      subject: `runs/${run}/artifacts/${rest}`,
      held: [`runs/${run}/artifacts/${rest}`, `runs/${run}`, 'experiments/0'],
    })
    assert.deepEqual(it.asked, [
      { workspace: 'default', change: { kind: 'replace', ...held(runId, 'f') } },
      { workspace: 'elsewhere', change: { kind: 'replace', ...held(other.runId, 'f') } },
      { workspace: 'default', change: { kind: 'remove', ...held(runId, 'folder') } },
    ])
  })

  test('what is kept is refused before a byte is read, and a new name is taken', async () => {
    await using db = await open()
    await using it = await openBed(db)
    const { path } = await it.newRun(it.here)
    const granted = await it.presignUpload(it.here, `${path}/f`, 60)
    assert.ok('grant' in granted)
    it.keep(true)
    await assert.rejects(it.writeArtifact(it.here, `${path}/f`, untouched), HELD)
    await assert.rejects(it.writeGranted(it.here, granted.grant, untouched), HELD)
    await assert.rejects(it.createUpload(it.here, `${path}/f`, 1), HELD)
    await it.writeArtifact(it.here, `${path}/new`, body('new'))
    assert.deepEqual(
      [await it.text(it.here, `${path}/f`), await it.text(it.here, `${path}/new`)],
      ['first', 'new'],
    )
    it.keep(false)
    await it.writeArtifact(it.here, `${path}/f`, body('second'))
    assert.equal(await it.text(it.here, `${path}/f`), 'second')
  })

  test('an upload in parts that began before does not replace it either, and can be finished later', async () => {
    await using db = await open()
    await using it = await openBed(db)
    const { path } = await it.newRun(it.here)
    const { uploadId, parts } = await it.createUpload(it.here, `${path}/f`, 1)
    const [{ number, access }] = parts as [(typeof parts)[number]]
    assert.ok('grant' in access)
    const { etag } = await it.putPart(it.here, access.grant, body('second'))
    const finish = () => it.completeUpload(it.here, `${path}/f`, uploadId, [{ number, etag }])
    it.keep(true)
    await assert.rejects(finish(), HELD)
    assert.equal(await it.text(it.here, `${path}/f`), 'first')
    it.keep(false)
    await finish()
    assert.equal(await it.text(it.here, `${path}/f`), 'second')
  })

  test('the same bytes may come again, where their digest says so, and no others under that digest', async () => {
    await using db = await open()
    await using it = await openBed(db)
    const { path } = await it.newRun(it.here)
    it.keep(true)
    await it.writeArtifact(it.here, `${path}/f`, body('first'), { sha256: sha256('first') })
    assert.deepEqual(it.asked, [])
    const lie = it.writeArtifact(it.here, `${path}/f`, body('other'), { sha256: sha256('first') })
    await assert.rejects(lie, { code: 'INVALID_PARAMETER_VALUE' })
    const other = it.writeArtifact(it.here, `${path}/f`, untouched, { sha256: sha256('other') })
    await assert.rejects(other, HELD)
    assert.equal(await it.text(it.here, `${path}/f`), 'first')
  })
})

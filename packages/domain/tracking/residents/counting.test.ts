import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { bytes, openMetered } from '../testing/open-metered.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const TOO_MUCH = { code: 'QUOTA_EXCEEDED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }

eachEngine('counting in tracking', MODULES, (open) => {
  test('runs count from their creation to their removal, each in its workspace', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { runs, experiments, here, elsewhere } = bed
    const experimentId = await experiments.create(here, { name: 'wine' })
    const made = await Promise.all(Array.from({ length: 7 }, () => bed.newRun(here, experimentId)))
    const { runId } = await bed.newRun(here)
    await bed.newRun(elsewhere)
    assert.deepEqual(
      [await bed.used(here), await bed.used(elsewhere)],
      [
        [8, 0],
        [1, 0],
      ],
    )
    await runs.move(here, { runIds: [made[0]!.runId], experimentId: '0' })
    await runs.delete(here, { runId })
    assert.deepEqual(await bed.used(here), [8, 0])
    await runs.remove(here, { runId })
    assert.deepEqual(await bed.used(here), [7, 0])
    await experiments.delete(here, { experimentId })
    await experiments.remove(here, { experimentId })
    await Promise.all([bed.workOff(), bed.workOff()])
    assert.deepEqual(
      [await bed.used(here), await bed.used(elsewhere)],
      [
        [1, 0],
        [1, 0],
      ],
    )
  })

  test('a run beyond the quota leaves nothing', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { runs, here, elsewhere, quotas, rowsLeft } = bed
    await quotas.set(here, { what: 'runs', quota: 2 })
    const { runId } = await bed.newRun(here)
    await bed.newRun(here)
    await assert.rejects(runs.create(here, { experimentId: '0' }), {
      ...TOO_MUCH,
      message: "The workspace 'default' has used 2 of 2 runs.",
    })
    assert.equal(await rowsLeft('runs'), 2)
    await bed.newRun(elsewhere)
    await runs.delete(here, { runId })
    await assert.rejects(runs.create(here, {}), TOO_MUCH)
    await runs.remove(here, { runId })
    await runs.create(here, {})
    assert.deepEqual(await bed.used(here), [2, 0])
  })

  test('bytes count as files come, are replaced and go', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { artifacts, here, elsewhere } = bed
    const { runId, path } = await bed.newRun(here)
    const write = (name: string, text: string) =>
      artifacts.writeArtifact(here, `${path}/${name}`, bytes(text))
    const size = async () => (await bed.used(here))[1]
    await write('a', '12345')
    await write('d/b', '123')
    await write('d/c', '12')
    assert.equal(await size(), 10)
    await write('a', '1')
    assert.equal(await size(), 6)
    await write('a', '123456789')
    assert.equal(await size(), 14)
    await artifacts.deleteArtifact(here, `${path}/d/b`)
    await artifacts.deleteArtifact(here, `${path}/nothing`)
    assert.equal(await size(), 11)
    await artifacts.deleteArtifact(here, `${path}/d`)
    assert.equal(await size(), 9)
    const { uploadId, parts } = await artifacts.createUpload(here, `${path}/m`, 2)
    const sent = []
    for (const { number, access } of parts) {
      assert.ok('grant' in access)
      const { etag } = await artifacts.putPart(here, access.grant, bytes('xxxx'))
      sent.push({ number, etag })
    }
    assert.equal(await size(), 9)
    for (let i = 0; i < 2; i++) await artifacts.completeUpload(here, `${path}/m`, uploadId, sent)
    assert.equal(await size(), 17)
    await bed.runs.delete(here, { runId })
    await bed.runs.remove(here, { runId })
    await bed.workOff()
    assert.deepEqual(
      [await bed.used(here), await bed.used(elsewhere)],
      [
        [0, 0],
        [0, 0],
      ],
    )
  })

  test('a new file beyond the quota is refused and is not there, whether its length was told or not', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { artifacts, here, quotas, store } = bed
    await quotas.set(here, { what: 'artifact-bytes', quota: 10 })
    const { path } = await bed.newRun(here)
    await artifacts.writeArtifact(here, `${path}/a`, bytes('123456'))
    let begun = 0
    async function* counted(): AsyncGenerator<Uint8Array> {
      begun++
      yield Buffer.from('12345')
    }
    await assert.rejects(artifacts.writeArtifact(here, `${path}/b`, counted(), { size: 5 }), {
      ...TOO_MUCH,
      message: "The workspace 'default' has used 6 of 10 bytes of artifacts.",
    })
    assert.equal(begun, 0, 'refused before the first byte')
    await assert.rejects(artifacts.writeArtifact(here, `${path}/b`, bytes('12345')), TOO_MUCH)
    await assert.rejects(artifacts.writeArtifact(here, `${path}/b`, bytes('12', '345')), TOO_MUCH)
    const { uploadId, parts } = await artifacts.createUpload(here, `${path}/b`, 2)
    const [one, two] = parts.map(({ access }) => ('grant' in access ? access.grant : ''))
    await assert.rejects(artifacts.putPart(here, one!, bytes('12345'), { size: 5 }), TOO_MUCH)
    const sent = [
      { number: 1, etag: (await artifacts.putPart(here, one!, bytes('123'))).etag },
      { number: 2, etag: (await artifacts.putPart(here, two!, bytes('456'))).etag },
    ]
    await assert.rejects(artifacts.completeUpload(here, `${path}/b`, uploadId, sent), TOO_MUCH)
    await assert.rejects(artifacts.openArtifact(here, `${path}/b`), ABSENT)
    assert.equal(await store.stat(`${here.workspace.key}/${path}/b`), undefined)
    assert.deepEqual(await bed.used(here), [1, 6])
    await artifacts.writeArtifact(here, `${path}/b`, bytes('1234'), { size: 4 })
    assert.deepEqual(await bed.used(here), [1, 10])
  })

  test('a file that takes the place of another needs room for the difference', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { artifacts, here, quotas } = bed
    await quotas.set(here, { what: 'artifact-bytes', quota: 10 })
    const { path } = await bed.newRun(here)
    await artifacts.writeArtifact(here, `${path}/a`, bytes('123456'))
    await artifacts.writeArtifact(here, `${path}/a`, bytes('1234567890'), { size: 10 })
    await assert.rejects(
      artifacts.writeArtifact(here, `${path}/a`, bytes('1234567890x'), { size: 11 }),
      TOO_MUCH,
    )
    await assert.rejects(artifacts.writeArtifact(here, `${path}/a`, bytes('1234567890x')), TOO_MUCH)
    const file = await artifacts.openArtifact(here, `${path}/a`)
    assert.equal(Buffer.concat(await file.bytes().toArray()).toString(), '1234567890')
    await artifacts.writeArtifact(here, `${path}/a`, bytes('1'))
    assert.deepEqual(await bed.used(here), [1, 1])
  })

  test('a body of unknown length is broken off soon after it does not fit', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { artifacts, here, quotas } = bed
    const MB = 1024 * 1024
    await quotas.set(here, { what: 'artifact-bytes', quota: 4 * MB })
    const { path } = await bed.newRun(here)
    let sent = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 1
        yield Buffer.alloc(MB)
      }
    }
    await assert.rejects(artifacts.writeArtifact(here, `${path}/a`, endless()), TOO_MUCH)
    assert.ok(sent <= 12, `${sent} MiB were taken`)
    await assert.rejects(artifacts.openArtifact(here, `${path}/a`), ABSENT)
  })

  test('rebuilding the table of files counts anew', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { artifacts, here, elsewhere, store } = bed
    const { path } = await bed.newRun(here)
    await artifacts.writeArtifact(here, `${path}/a`, bytes('12345'))
    await store.write(`${here.workspace.key}/${path}/b`, bytes('123'))
    const other = await bed.newRun(elsewhere)
    await artifacts.writeArtifact(elsewhere, `${other.path}/a`, bytes('1'))
    await artifacts.rebuildArtifactFiles(here)
    assert.deepEqual(
      [await bed.used(here), await bed.used(elsewhere)],
      [
        [1, 8],
        [1, 1],
      ],
    )
  })
})

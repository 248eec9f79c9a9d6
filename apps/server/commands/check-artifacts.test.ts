import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RecordedFile } from '@orrery/domain/tracking'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Reads } from '@orrery/drivers/db'
import { checkArtifacts } from './check-artifacts.ts'

test('where every artifact is missing, the check does not wait for one after the other', {
  timeout: 60_000,
}, async () => {
  const root = await mkdtemp(join(tmpdir(), 'orrery-check-artifacts-'))
  const store = await openLocalArtifactStore(root)
  const rows = Array.from({ length: 400 }, (_, at): RecordedFile => {
    return { workspace_key: 1, root: '0/r/artifacts', path: `${at}`, size: 1, sha256: null }
  })
  const reads = {
    all: async () => rows,
    first: async (_: unknown, { path }: RecordedFile) => rows[Number(path)],
  }
  const { files, damaged } = await checkArtifacts(reads as unknown as Reads, store, false)
  assert.deepEqual([files, damaged.length], [400, 400])
  await store.close()
  await rm(root, { recursive: true })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Archives } from '../archives.ts'
import { makeModels } from '../models/make-models.ts'
import { keepFiles } from '../testing/keep-files.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { collected, inPieces } from '../testing/raw-tar.ts'
import { makeExport } from './export-archive.ts'
import { makeArchives } from './make-archives.ts'

const isProblem =
  (code: string, says = '') =>
  (error: unknown) => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code, error.message)
    assert.ok(error.message.includes(says), error.message)
    return true
  }

const exported = async (archives: Archives, caller: Caller, name: string, version?: string) =>
  collected((await archives.export(caller, { name, version })).body)

eachEngine('exports that are refused', TEST_MIGRATIONS, (open) => {
  const outside = { state: 'outside', digest: null, files: 0, bytes: 0 } as const
  const content = { type: 'custom_model', runsCode: false, files: [], summary: null } as const

  test('before the first byte', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here } = bed
    const archives = makeArchives(bed.deps)
    await makeModels(bed.deps).create(here, { name: 'no versions' })
    await keepFiles(bed, here, 'outside', { a: 'x' }, { content: { ...content, manifest: outside } })
    await keepFiles(bed, here, 'empty', {})
    await keepFiles(
      bed,
      here,
      'many',
      {},
      { content: { ...content, manifest: { ...outside, state: 'too-many' } } },
    )
    await keepFiles(bed, here, 'alike', { 'a/b': 'x', 'A/b': 'y' })
    await keepFiles(bed, here, 'deep', { [`${'d/'.repeat(40)}x`]: 'x' })
    const { folder } = await keepFiles(bed, here, 'changed', { a: 'x', b: 'y' })
    await bed.artifacts.writeArtifact(here, `${folder}/a`, inPieces(Buffer.from('z')))
    const { folder: other } = await keepFiles(bed, here, 'deleted', { a: 'x', b: 'y' })
    await bed.artifacts.deleteArtifact(here, `${other}/b`)
    const cases: readonly [name: string, code: string, says: string][] = [
      ['nobody', 'RESOURCE_DOES_NOT_EXIST', 'not found'],
      ['no versions', 'INVALID_STATE', 'has no versions'],
      ['outside', 'INVALID_STATE', 'its files are in a store that the server does not open'],
      ['empty', 'INVALID_STATE', 'nothing lies at its source'],
      ['many', 'INVALID_STATE', 'more files than a manifest takes'],
      ['alike', 'INVALID_STATE', 'cannot be told from'],
      ['deep', 'INVALID_STATE', 'lies deeper than'],
      ['changed', 'RESOURCE_CONFLICT', "The file 'a' of version 1 of 'changed' is not what was registered"],
      ['deleted', 'RESOURCE_CONFLICT', "The file 'b' of version 1 of 'deleted' is not what was registered"],
    ]
    for (const [name, code, says] of cases) {
      await assert.rejects(archives.export(here, { name }), isProblem(code, says))
    }
    await assert.rejects(
      archives.export(here, { name: 'changed', version: '2' }),
      isProblem('RESOURCE_DOES_NOT_EXIST', 'version=2'),
    )
    await assert.rejects(
      archives.export(bed.elsewhere, { name: 'alike' }),
      isProblem('RESOURCE_DOES_NOT_EXIST'),
    )
  })

  test('what no archive takes', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const tags = new Map(['a', 'b', 'c'].map((key) => [key, '']))
    await keepFiles(bed, bed.here, 'm', { a: 'x'.repeat(1000), b: 'y' }, { tags })
    await keepFiles(bed, bed.here, 'm', { a: 'x' })
    const limits = { bytes: 1_000_000, entries: 100, depth: 32, versions: 100, tags: 100 }
    for (const [less, says] of [
      [{ entries: 3 }, 'it has 3 files'],
      [{ versions: 1 }, 'more than 1 versions'],
      [{ bytes: 5000 }, 'its files have about'],
      [{ tags: 2 }, 'more than 2 tags'],
    ] as const) {
      const exportArchive = makeExport(bed.deps, { ...limits, ...less })
      await assert.rejects(exportArchive(bed.here, { name: 'm' }), isProblem('INVALID_STATE', says))
    }
  })

  test('a file that turns out to be another one breaks the archive off, and no import takes it', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const archives = makeArchives(bed.deps)
    const { folder } = await keepFiles(bed, bed.here, 'm', { a: 'x'.repeat(100_000) })
    // Changed behind the server's back, without a trace in its records.
    const changed = Buffer.from(`${'x'.repeat(99_999)}y`)
    await bed.store.write(`${bed.here.workspace.key}/${folder}/a`, inPieces(changed))
    const chunks: Uint8Array[] = []
    await assert.rejects(
      async () => {
        for await (const chunk of (await archives.export(bed.here, { name: 'm' })).body) chunks.push(chunk)
      },
      isProblem('RESOURCE_CONFLICT', "The file 'a' of version 1 of 'm' is not what was registered"),
    )
    assert.ok(Buffer.concat(chunks).length > 50_000)
    await assert.rejects(
      archives.import(bed.elsewhere, { body: inPieces(Buffer.concat(chunks)) }),
      isProblem('INVALID_PARAMETER_VALUE'),
    )
    await bed.store.delete(`${bed.here.workspace.key}/${folder}/a`)
    await assert.rejects(exported(archives, bed.here, 'm'), isProblem('RESOURCE_DOES_NOT_EXIST'))
  })

  test('who stops reading holds nothing open', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const archives = makeArchives(bed.deps)
    await keepFiles(bed, bed.here, 'm', { a: 'x'.repeat(1_000_000), b: 'y' })
    let closed = 0
    const store: typeof bed.store = {
      ...bed.store,
      open: async (key) => {
        const file = await bed.store.open(key)
        const bytes: typeof file.bytes = (...how) => file.bytes(...how).on('close', () => closed++)
        return { ...file, bytes }
      },
    }
    const { body } = await makeExport({ ...bed.deps, store })(bed.here, { name: 'm' })
    for await (const chunk of body) if (chunk.byteLength > 10_000) break
    assert.equal(closed, 1)
    assert.ok((await exported(archives, bed.here, 'm')).length > 1_000_000)
  })
})

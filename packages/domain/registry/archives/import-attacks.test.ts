import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Problem } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { REGISTRY } from '../../tracking/index.ts'
import type { ArchiveIndex } from '../archives.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { archivedOf, archiveOf, fileEntry, indexEntry, indexOf } from '../testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { BLOCK, END, inPieces, rawEntry, rawHeader, rawPax } from '../testing/raw-tar.ts'
import { type ImportLimits, makeImport } from './import-archive.ts'

type Bed = Awaited<ReturnType<typeof openRegistry>>

const LIMITS: ImportLimits = { bytes: 4_000_000, entries: 20, depth: 8, ratio: 100, versions: 5, tags: 30 }

const TABLES: readonly (keyof RegistryTables)[] = [
  'registered_models',
  'registered_model_tags',
  'model_versions',
  'version_tags',
  'model_aliases',
  'version_summaries',
  'version_files',
  'version_folders',
  'registry_removals',
]

const FILES = { MLmodel: 'flavors: {}\n', 'data/a': 'text of a' }
const ONE = archivedOf(1, FILES)
const ZEROS = { zeros: '\0'.repeat(3_000_000) }
const SOUND = archiveOf(indexOf([ONE]), { 1: FILES })

/** Whatever is changed of the one version. */
const withVersion = (more: object) => indexOf([{ ...ONE, ...more }])
const withFile = (more: object) => withVersion({ files: [{ ...ONE.files[0]!, ...more }] })
const withModel = (more: Partial<ArchiveIndex['model']>) => indexOf([ONE], more)
const withPaths = (...paths: string[]) => {
  const files = Object.fromEntries(paths.map((path) => [path, 'x']))
  return archiveOf(indexOf([archivedOf(1, files)]), { 1: files })
}
const sealed = (...parts: Buffer[]) => Buffer.concat([...parts, END])
const INDEX = indexEntry(indexOf([ONE]))
const MLMODEL = fileEntry(1, 'MLmodel', FILES.MLmodel)
const DATA = fileEntry(1, 'data/a', FILES['data/a'])
/** A link under a name that the index awaits. */
const linked = (type: string) =>
  Buffer.concat([
    rawPax({ path: 'versions/1/data/a' }),
    rawHeader({ name: 'l', type, linkName: '/etc/passwd' }),
  ])

const ATTACKS: readonly { it: string; archive: Buffer; says: string }[] = [
  // What is no archive.
  { it: 'nothing', archive: Buffer.alloc(0), says: 'is empty' },
  { it: 'an empty tar file', archive: Buffer.alloc(10240), says: 'no entries' },
  { it: 'text', archive: Buffer.from('hello '.repeat(500)), says: 'no tar file' },
  { it: 'zip', archive: Buffer.from(`PK\x03\x04${'x'.repeat(1000)}`), says: 'a zip file' },
  { it: 'gzip of gzip', archive: gzipSync(gzipSync(SOUND)), says: 'packed twice' },
  { it: 'gzip cut off', archive: gzipSync(SOUND).subarray(0, 300), says: 'cannot be unpacked' },
  { it: 'zeros behind gzip', archive: Buffer.concat([gzipSync(SOUND), Buffer.alloc(9)]), says: 'goes on' },
  { it: 'bytes behind gzip', archive: Buffer.concat([gzipSync(SOUND), SOUND]), says: 'cannot be unpacked' },
  // Bombs.
  {
    it: 'a bomb by ratio',
    archive: gzipSync(archiveOf(indexOf([archivedOf(1, ZEROS)]), { 1: ZEROS })),
    says: 'more than 100 times',
  },
  {
    it: 'a bomb by zeros behind the end',
    archive: gzipSync(Buffer.concat([SOUND, Buffer.alloc(3_000_000)])),
    says: 'more than 100 times',
  },
  {
    it: 'a bomb by size',
    archive: Buffer.concat([SOUND, Buffer.alloc(LIMITS.bytes)]),
    says: 'more than 4000000 bytes',
  },
  {
    it: 'a bomb by count',
    archive: sealed(INDEX, ...Array(25).fill(rawEntry('versions/', '', { type: '5' })), MLMODEL, DATA),
    says: 'more than 20 entries',
  },
  {
    it: 'a bomb by files',
    archive: withPaths(...Array.from({ length: 20 }, (_, i) => `f${i}`)),
    says: 'more than 19 files',
  },
  {
    it: 'a bomb by stated size',
    archive: sealed(indexEntry(withFile({ size: LIMITS.bytes + 1 }))),
    says: 'more than 4000000 bytes',
  },
  {
    it: 'a bomb by versions',
    archive: sealed(indexEntry(indexOf([1, 2, 3, 4, 5, 6].map((version) => archivedOf(version, FILES))))),
    says: 'more than 5',
  },
  {
    it: 'a bomb by tags',
    archive: sealed(
      indexEntry(withVersion({ tags: Array.from({ length: 31 }, (_, i) => ({ key: `k${i}`, value: '' })) })),
    ),
    says: 'more than 30 tags',
  },
  // The index.
  { it: 'no index', archive: sealed(MLMODEL, DATA), says: "stands where 'orrery-model.json' must be" },
  {
    it: 'the index later',
    archive: sealed(MLMODEL, INDEX, DATA),
    says: "stands where 'orrery-model.json' must be",
  },
  {
    it: 'the index as a folder',
    archive: sealed(rawEntry('orrery-model.json/', '', { type: '5' })),
    says: 'must be',
  },
  {
    it: 'the index twice',
    archive: sealed(INDEX, INDEX, MLMODEL, DATA),
    says: 'stands in the archive twice.',
  },
  {
    it: 'an index that is too long',
    archive: sealed(rawHeader({ name: 'orrery-model.json', size: 9 * 1024 * 1024 })),
    says: 'more than 8388608 bytes',
  },
  { it: 'an index of no JSON', archive: sealed(indexEntry('{')), says: 'not valid JSON' },
  { it: 'an index of a list', archive: sealed(indexEntry([])), says: 'must be a JSON object' },
  {
    it: 'an index that is not UTF-8',
    archive: sealed(rawEntry('orrery-model.json', Buffer.from([0x22, 0xff, 0x22]))),
    says: 'UTF-8',
  },
  {
    it: 'a NUL in the index',
    archive: sealed(indexEntry(withVersion({ description: 'a\0b' }))),
    says: 'NUL',
  },
  {
    it: 'half a character in the index',
    archive: sealed(
      indexEntry(JSON.stringify(withVersion({ description: 'X' })).replace('"X"', '"\\ud800"')),
    ),
    says: 'surrogate',
  },
  {
    it: 'another format',
    archive: sealed(indexEntry({ ...indexOf([ONE]), format: 'orrery-model/2' })),
    says: "'format'",
  },
  {
    it: 'an unknown field',
    archive: sealed(indexEntry({ ...indexOf([ONE]), more: 1 })),
    says: "Unknown field 'more'",
  },
  {
    it: 'an unknown field of the model',
    archive: sealed(indexEntry(withModel({ more: 1 } as object))),
    says: "Unknown field 'model.more'",
  },
  {
    it: 'an unknown field of a version',
    archive: sealed(indexEntry(withVersion({ more: 1 }))),
    says: "Unknown field 'versions[0].more'",
  },
  {
    it: 'an unknown field of a file',
    archive: sealed(indexEntry(withFile({ more: 1 }))),
    says: "Unknown field 'versions[0].files[0].more'",
  },
  {
    it: 'a prototype',
    archive: sealed(indexEntry(JSON.stringify(indexOf([ONE])).replace('{', '{"__proto__":{},'))),
    says: "Unknown field '__proto__'",
  },
  {
    it: 'a field left out',
    archive: sealed(indexEntry(withVersion({ source: undefined }))),
    says: "'versions[0].source' is required",
  },
  {
    it: 'a field of the wrong type',
    archive: sealed(indexEntry(withVersion({ runId: 7 }))),
    says: "'versions[0].runId'",
  },
  {
    it: 'an unknown stage',
    archive: sealed(indexEntry(withVersion({ stage: 'Prod' }))),
    says: "'versions[0].stage'",
  },
  { it: 'no versions', archive: sealed(indexEntry(indexOf([]))), says: 'there is none' },
  { it: 'a number twice', archive: sealed(indexEntry(indexOf([ONE, ONE]))), says: '1 stands twice' },
  {
    it: 'version 0',
    archive: sealed(indexEntry(withVersion({ version: 0 }))),
    says: '0 is no number of a version: those are 1 to 2147483646.',
  },
  {
    it: 'a negative version',
    archive: sealed(indexEntry(withVersion({ version: -1 }))),
    says: 'no number of a version',
  },
  {
    it: 'a version after which no number fits',
    archive: sealed(indexEntry(withVersion({ version: 2 ** 31 - 1 }))),
    says: 'no number of a version',
  },
  { it: 'half a version', archive: sealed(indexEntry(withVersion({ version: 1.5 }))), says: 'whole number' },
  {
    it: 'a version beyond numbers',
    archive: sealed(indexEntry(withVersion({ version: 2 ** 53 }))),
    says: 'whole number',
  },
  {
    it: 'a version without files',
    archive: sealed(indexEntry(withVersion({ files: [] }))),
    says: 'files: there is none',
  },
  {
    it: 'a prompt with files',
    archive: sealed(indexEntry(withModel({ kind: 'prompt' })), MLMODEL, DATA),
    says: 'versions of a prompt have none',
  },
  {
    it: 'a prompt without its tag',
    archive: sealed(indexEntry(withModel({ kind: 'prompt', tags: [] }))),
    says: 'does not agree',
  },
  {
    it: 'a model with the tag of prompts',
    archive: sealed(indexEntry(withModel({ tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] }))),
    says: 'does not agree',
  },
  {
    it: 'a name with a slash',
    archive: sealed(indexEntry(withModel({ name: '../other' }))),
    says: 'Invalid model name',
  },
  { it: 'no name', archive: sealed(indexEntry(withModel({ name: ' ' }))), says: "'name'" },
  {
    it: 'a name that is too long',
    archive: sealed(indexEntry(withModel({ name: 'x'.repeat(300) }))),
    says: "'name'",
  },
  {
    it: 'a tag twice',
    archive: sealed(
      indexEntry(
        withVersion({
          tags: [
            { key: 'k', value: '1' },
            { key: 'k', value: '2' },
          ],
        }),
      ),
    ),
    says: "tags: 'k' stands twice",
  },
  {
    it: 'a bad key of a tag',
    archive: sealed(indexEntry(withModel({ tags: [{ key: '../k', value: '' }] }))),
    says: "'key'",
  },
  {
    it: 'an alias to nowhere',
    archive: sealed(indexEntry(withModel({ aliases: [{ alias: 'a', version: 2 }] }))),
    says: 'not in the archive',
  },
  {
    it: 'an alias twice',
    archive: sealed(
      indexEntry(
        withModel({
          aliases: [
            { alias: 'a', version: 1 },
            { alias: 'a', version: 1 },
          ],
        }),
      ),
    ),
    says: "'a' stands twice",
  },
  {
    it: 'a reserved alias',
    archive: sealed(indexEntry(withModel({ aliases: [{ alias: 'Latest', version: 1 }] }))),
    says: 'reserved',
  },
  {
    it: 'an alias like a version',
    archive: sealed(indexEntry(withModel({ aliases: [{ alias: 'v7', version: 1 }] }))),
    says: 'reserved',
  },
  {
    it: 'a long source',
    archive: sealed(indexEntry(withVersion({ source: 'x'.repeat(3000) }))),
    says: "'source'",
  },
  { it: 'a negative size', archive: sealed(indexEntry(withFile({ size: -1 }))), says: 'has the size -1' },
  {
    it: 'a digest in capitals',
    archive: sealed(indexEntry(withFile({ sha256: 'A'.repeat(64) }))),
    says: 'SHA-256',
  },
  { it: 'a short digest', archive: sealed(indexEntry(withFile({ sha256: 'ab' }))), says: 'SHA-256' },
  // Names in the index and in the archive.
  { it: 'traversal', archive: withPaths('../../../x'), says: '".."' },
  { it: 'an absolute path', archive: withPaths('/etc/passwd'), says: 'absolute' },
  { it: 'a drive', archive: withPaths('C:/x'), says: 'drive' },
  { it: 'backslashes', archive: withPaths('..\\x'), says: 'backslash' },
  { it: 'encoded traversal', archive: withPaths('%2e%2e/x'), says: '".."' },
  { it: 'a control character', archive: withPaths('a\u0007'), says: 'control' },
  { it: 'a path that is too deep', archive: withPaths('a/b/c/d/e/f/g'), says: 'deeper than 6' },
  {
    it: 'a path that is too long',
    archive: withPaths(`${'x'.repeat(200)}/`.repeat(4) + 'y'.repeat(190)),
    says: 'longer than 1000 bytes',
  },
  { it: 'a path with a long segment', archive: withPaths('x'.repeat(256)), says: '255 bytes' },
  { it: 'names that differ in case', archive: withPaths('a/File', 'a/file'), says: 'cannot be told from' },
  { it: 'folders that differ in case', archive: withPaths('A/one', 'a/two'), says: 'cannot be told from' },
  { it: 'names in two spellings', archive: withPaths('\u00e9', 'e\u0301'), says: 'cannot be told from' },
  { it: 'ß and ss', archive: withPaths('straße', 'STRASSE'), says: 'cannot be told from' },
  {
    it: 'a name twice in the index',
    archive: sealed(indexEntry(withVersion({ files: [ONE.files[0], ONE.files[0]] }))),
    says: 'cannot be told from',
  },
  { it: 'a file that is a folder', archive: withPaths('a', 'a/b'), says: 'a file and,' },
  {
    it: 'a file that is a folder in another case',
    archive: withPaths('x/A', 'x/a/b'),
    says: 'a file and,',
  },
  // Entries.
  {
    it: 'an entry that the index does not have',
    archive: sealed(INDEX, MLMODEL, DATA, fileEntry(1, 'c', 'x')),
    says: "is not in 'orrery-model.json', which lists all files",
  },
  {
    it: 'an entry in another case',
    archive: sealed(INDEX, fileEntry(1, 'mlmodel', FILES.MLmodel), DATA),
    says: "is not in 'orrery-model.json', which lists all files",
  },
  {
    it: 'an entry of another version',
    archive: sealed(INDEX, MLMODEL, fileEntry(2, 'data/a', FILES['data/a'])),
    says: "is not in 'orrery-model.json', which lists all files",
  },
  {
    it: 'a number in another spelling',
    archive: sealed(
      INDEX,
      MLMODEL,
      Buffer.concat([rawPax({ path: 'versions/01/data/a' }), rawEntry('f', FILES['data/a'])]),
    ),
    says: "is not in 'orrery-model.json', which lists all files",
  },
  {
    it: 'an entry outside of versions',
    archive: sealed(INDEX, rawEntry('other', 'x'), MLMODEL, DATA),
    says: "is not in 'orrery-model.json', which lists all files",
  },
  {
    it: 'an entry with traversal',
    archive: sealed(INDEX, MLMODEL, rawEntry('versions/1/../../../x', 'x')),
    says: '".."',
  },
  {
    it: 'an entry twice',
    archive: sealed(INDEX, MLMODEL, MLMODEL, DATA),
    says: 'stands in the archive twice.',
  },
  {
    it: 'a strange folder',
    archive: sealed(INDEX, rawEntry('versions/9/', '', { type: '5' }), MLMODEL, DATA),
    says: 'folder without a file',
  },
  {
    it: 'a folder in place of a file',
    archive: sealed(INDEX, MLMODEL, rawEntry('versions/1/data/a/', '', { type: '5' })),
    says: 'folder without a file',
  },
  {
    it: 'a file of another size',
    archive: sealed(INDEX, MLMODEL, fileEntry(1, 'data/a', 'longer than said')),
    says: 'the index says 9',
  },
  {
    it: 'a file with another digest',
    archive: sealed(INDEX, MLMODEL, fileEntry(1, 'data/a', 'text of b')),
    says: 'does not have the SHA-256',
  },
  {
    it: 'a file that does not come',
    archive: sealed(INDEX, MLMODEL),
    says: 'lacks the entry "versions/1/data/a"',
  },
  { it: 'a symbolic link for a file', archive: sealed(INDEX, MLMODEL, linked('2')), says: 'a symbolic link' },
  { it: 'a hard link for a file', archive: sealed(INDEX, MLMODEL, linked('1')), says: 'a hard link' },
  { it: 'a device for a file', archive: sealed(INDEX, MLMODEL, linked('3')), says: 'a device' },
  { it: 'a pipe for a file', archive: sealed(INDEX, MLMODEL, linked('6')), says: 'a pipe' },
  { it: 'a sparse file', archive: sealed(INDEX, MLMODEL, linked('S')), says: 'not allowed' },
  {
    it: 'an entry behind the end',
    archive: Buffer.concat([sealed(INDEX, MLMODEL), DATA, END]),
    says: 'does not follow',
  },
  {
    it: 'bytes behind the end',
    archive: Buffer.concat([SOUND, Buffer.alloc(BLOCK, 'x')]),
    says: 'no tar file',
  },
  { it: 'no end', archive: SOUND.subarray(0, -END.length), says: 'end marker is missing' },
  {
    it: 'an end in the middle of a file',
    archive: SOUND.subarray(0, -END.length - BLOCK - 100),
    says: 'cut off',
  },
]

const filesIn = async ({ store }: Bed) => {
  const keys: string[] = []
  for await (const { key } of store.walk('')) keys.push(key)
  return keys
}

/** Does what the server does in the background. */
const workOff = (bed: Bed) =>
  makeWorkOffRegistryRemovals({ db: bed.deps.db, removeFiles: bed.artifacts.deleteArtifactsOf })()

eachEngine('archives that are refused', TEST_MIGRATIONS, (open) => {
  test('the sound one is taken, plain and packed, by both workspaces', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const importArchive = makeImport(bed.deps, LIMITS)
    for (const caller of [bed.here, bed.elsewhere]) {
      const folders = ['versions/', 'versions/1/', 'versions/1/data/'].map((n) =>
        rawEntry(n, '', { type: '5' }),
      )
      const withFolders = sealed(INDEX, ...folders, DATA, MLMODEL)
      for (const archive of [SOUND, gzipSync(SOUND), withFolders]) {
        await importArchive(caller, { body: inPieces(archive) })
      }
      const found = (await filesIn(bed)).filter((key) =>
        key.startsWith(`${caller.workspace.key}/${REGISTRY}/`),
      )
      assert.equal(found.length, 6)
    }
  })

  test('nothing is left of what was refused', { timeout: 300_000 }, async (t) => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const importArchive = makeImport(bed.deps, LIMITS)
    for (const { it, archive, says } of ATTACKS) {
      await t.test(it, async () => {
        await assert.rejects(importArchive(bed.here, { body: inPieces(archive, 5000) }), (error) => {
          assert.ok(error instanceof Problem, String(error))
          assert.equal(error.code, 'INVALID_PARAMETER_VALUE', error.message)
          assert.ok(error.message.includes(says), error.message)
          assert.ok(error.message.length < 1000, 'a sentence')
          return true
        })
        await workOff(bed)
        assert.deepEqual(await filesIn(bed), [])
        for (const table of TABLES) assert.equal(await bed.rowsLeft(table), 0, table)
        assert.deepEqual(await bed.events(), [])
      })
    }
  })
})

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { makePack } from './make-pack.ts'
import { canKeep, type Packing, readPack } from './pack.ts'

/** A repository of two modules and a package, all of an age. */
async function openRepository(name = 'orrery-pack-') {
  const root = await mkdtemp(join(tmpdir(), name))
  const age = new Date(Date.now() - 60_000)
  async function write(path: string, content: string, changed = age) {
    const file = join(root, path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, content)
    await utimes(file, changed, changed)
  }
  await write('node_modules/.package-lock.json', '{}')
  await write('node_modules/far/package.json', '{ "name": "far", "main": "index.js" }')
  await write('node_modules/far/index.js', 'exports.loadedFrom = __filename')
  await write('word.ts', "export const word: string = 'first'\n")
  await write(
    'main.ts',
    `import { loadedFrom } from 'far'
import { word } from './word.ts'
export const told = { word, loadedFrom, here: import.meta.url, folder: import.meta.dirname }
export const later = () => import('./late.ts')
`,
  )
  await write('late.ts', "export const late = 'late'\n")
  const packing: Packing = { root, entry: 'main.ts', folder: join(root, '.cache/packed') }
  return {
    ...{ root, packing, write },
    load: async () => import(pathToFileURL(readPack(packing)!).href),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

for (const name of ['orrery-pack-', 'orrery pack é 100%20 #1 ']) {
  test(`a pack in '${name}…' does what its sources do, and knows where they lie`, async () => {
    await using repository = await openRepository(name)
    await doesAsItsSources(repository)
  })
}

async function doesAsItsSources(repository: Awaited<ReturnType<typeof openRepository>>) {
  const { root, packing } = repository
  assert.equal(readPack(packing), undefined)
  await makePack(packing)
  const { told, later } = await repository.load()
  assert.deepEqual(told, {
    word: 'first',
    loadedFrom: join(root, 'node_modules/far/index.js'),
    here: pathToFileURL(join(root, 'main.ts')).href,
    folder: root,
  })
  assert.equal((await later()).late, 'late')
}

test('a pack is of no use once a source or a package has changed', async () => {
  await using repository = await openRepository()
  const { root, packing, write } = repository
  const changes: [path: string, content: string][] = [
    ['word.ts', "export const word: string = 'other'\n"],
    ['late.ts', "export const late = 'later'\n"],
    ['node_modules/.package-lock.json', '{"far":1}'],
  ]
  for (const [at, [path, content]] of changes.entries()) {
    await makePack(packing)
    assert.notEqual(readPack(packing), undefined)
    await write(path, content, new Date(Date.now() - 50_000 + at))
    assert.equal(readPack(packing), undefined, path)
  }
  await makePack(packing)
  assert.equal((await repository.load()).told.word, 'other')
  await rm(join(root, 'word.ts'))
  assert.equal(readPack(packing), undefined)
})

test('a pack of which a part is missing or cut off is not taken, and made again', async () => {
  await using repository = await openRepository()
  const { packing } = repository
  for (const harm of [(file: string) => rm(file), (file: string) => truncate(file)]) {
    await makePack(packing)
    const folder = join(readPack(packing)!, '..')
    const late = (await readdir(folder)).find((name) => name.startsWith('late'))!
    await harm(join(folder, late))
    assert.equal(readPack(packing), undefined)
  }
  await makePack(packing)
  assert.equal((await (await repository.load()).later()).late, 'late')
})

test('a source that changes while it is packed is packed again', async () => {
  await using repository = await openRepository()
  const { packing, write } = repository
  await write('word.ts', "export const word: string = 'new'\n", new Date(Date.now() + 60_000))
  await makePack(packing)
  assert.equal(readPack(packing), undefined)
})

test('a pack of another place is not taken', async () => {
  await using repository = await openRepository()
  const { packing } = repository
  await makePack(packing)
  assert.equal(readPack({ ...packing, root: join(packing.root, 'node_modules') }), undefined)
})

test('several that pack at once leave one whole pack', async () => {
  await using repository = await openRepository()
  const { packing } = repository
  await Promise.all(Array.from({ length: 8 }, () => makePack(packing)))
  assert.equal((await repository.load()).told.word, 'first')
})

test('old packs go, but for a few', async () => {
  await using repository = await openRepository()
  const { packing } = repository
  const old = Array.from({ length: 8 }, (_, at) => `${1_700_000_000_000 + at}-old`)
  for (const name of old) await mkdir(join(packing.folder, name), { recursive: true })
  await makePack(packing)
  const left = await readdir(packing.folder)
  assert.deepEqual(left.filter((name) => name.endsWith('-old')).sort(), old.slice(-4))
  assert.equal((await repository.load()).told.word, 'first')
})

test('what cannot be packed leaves no pack behind, and a folder that cannot be written is said so', async () => {
  await using repository = await openRepository()
  const { root, packing, write } = repository
  await write('word.ts', 'export const = broken')
  await assert.rejects(makePack(packing))
  assert.equal(readPack(packing), undefined)
  assert.equal(canKeep(packing), true)
  assert.equal(canKeep({ ...packing, folder: join(root, 'main.ts/packed') }), false)
})

import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { lookAt, type Output, PACK_FILE, type Pack, type Packing } from './pack.ts'

/** A server that still runs from an older pack loads parts of it late, and another may just be making one. */
const PACKS_KEPT = 5
const KEPT_ANYWAY_MS = 600_000
/** npm's record of what is installed: stands for everything in node_modules. */
const INSTALLED = 'node_modules/.package-lock.json'

/**
 * Packs the entry with all of the repository's own modules that it needs, and Kysely, whose 255 modules are half of
 * the rest. Other packages are loaded from where they lie.
 */
export async function makePack(packing: Packing): Promise<void> {
  const { root, entry, folder } = packing
  const begunMs = Date.now()
  const bundle = await rolldown({
    input: join(root, entry),
    platform: 'node',
    // Nothing is dropped: what a module does when it is loaded, it does.
    treeshake: false,
    plugins: [leavePackages, keepPlaces],
  })
  const name = `${begunMs}-${randomUUID()}`
  const { output } = await bundle.write({
    dir: join(folder, name),
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  const read = await bundle.watchFiles
  await bundle.close()
  const inputs = [INSTALLED, ...read.map((path) => relative(root, path)).filter(isOwn)].flatMap(
    (path) => lookAt(root, path) ?? [],
  )
  const pack: Pack = {
    root,
    file: join(name, output[0].fileName),
    // A file that changed meanwhile may have been read before: the pack then serves this start only.
    inputs: inputs.map((input) => (input.changedMs < begunMs ? input : { ...input, bytes: -1 })),
    outputs: await Promise.all(output.map(({ fileName }) => keep(folder, join(name, fileName)))),
  }
  await putInPlace(join(folder, PACK_FILE), JSON.stringify(pack))
  await dropOld(folder)
}

const isOwn = (path: string) => !(path.startsWith('..') || path.split(sep).includes('node_modules'))

/** Named by their absolute place, so that they are the ones that the sources load. */
const leavePackages: Plugin = {
  name: 'leave-packages',
  resolveId: {
    filter: { id: /^[^./]/ },
    async handler(source, importer, options) {
      if (isAbsolute(source) || source.startsWith('node:') || source.startsWith('@orrery/')) return null
      const found = await this.resolve(source, importer, { ...options, skipSelf: true })
      if (found === null || found.external || found.id.includes('/node_modules/kysely/')) return found
      return { id: pathToFileURL(found.id).href, external: true }
    },
  },
}

/** Threads and pages are found beside the source that names them. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  transform: {
    filter: { id: /\.ts$/, code: /import\.meta\./ },
    handler(code, id) {
      const places = { url: pathToFileURL(id).href, dirname: dirname(id), filename: id }
      return code.replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, place: keyof typeof places) =>
        JSON.stringify(places[place]),
      )
    },
  },
}

/** Brings it to the platter: `pack.json` must not survive a power cut that its files did not. */
async function keep(folder: string, path: string): Promise<Output> {
  await using file = await open(join(folder, path), 'r+')
  await file.sync()
  return { path, bytes: (await file.stat()).size }
}

/** At once, so that another start reads the old or the new. */
async function putInPlace(file: string, content: string): Promise<void> {
  const written = `${file}.${randomUUID()}`
  await writeFile(written, content, { flush: true })
  await rename(written, file)
}

async function dropOld(folder: string): Promise<void> {
  const packs = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const newestFirst = packs
    .map(({ name }) => name)
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
  const old = newestFirst
    .slice(PACKS_KEPT)
    .filter((name) => Number.parseInt(name, 10) < Date.now() - KEPT_ANYWAY_MS)
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

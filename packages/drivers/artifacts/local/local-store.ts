import { lstat, realpath, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { Problem } from '@orrery/base/kernel'
import type { ArtifactStore, Body, Expectation, WrittenFile } from '../artifact-store.ts'
import { parseFolder, parseKey } from '../store-key.ts'
import { deleteFile, deleteFolder } from './delete-files.ts'
import { Tree } from './folders.ts'
import { listFolder, walkFolder } from './list-folder.ts'
import { clash, codeOf, writeFault } from './local-faults.ts'
import { MultipartUploads } from './multipart.ts'
import { factsOf, findFile, openFile } from './read-file.ts'
import { receive } from './receive.ts'
import { Workbench } from './workbench.ts'

/** A folder that was just made may be pruned by somebody who deleted its last file: try again, so often. */
const PUBLISH_TRIES = 5

/** The artifact store on local files. @param path its root; made if missing */
export async function openLocalArtifactStore(path: string): Promise<ArtifactStore> {
  const tree = await Tree.open(path)
  const workbench = await Workbench.open(tree.root)
  const write = makeWrite(tree, workbench, await workbench.foldsNames())
  const uploads = await MultipartUploads.open(tree.root, workbench, write)
  return {
    can: { presign: false },
    write,
    open: async (key) => openFile(tree, parseKey(key), key),
    async stat(key) {
      const found = await findFile(tree, parseKey(key))
      await found?.handle.close()
      return found?.facts
    },
    list: async (folder, page) => listFolder(tree, parseFolder(folder), page),
    walk: (folder) => walkFolder(tree, parseFolder(folder)),
    delete: async (key) => deleteFile(tree, parseKey(key)),
    deleteFolder: async (folder, { limit }) => deleteFolder(tree, parseKey(folder), limit),
    async copy(from, to) {
      parseKey(to)
      return write(to, (await openFile(tree, parseKey(from), from)).bytes())
    },
    async createMultipart(key) {
      parseKey(key)
      return uploads.create(key)
    },
    putPart: (key, id, number, body, expect) => uploads.putPart(key, id, number, body, expect),
    completeMultipart: (key, id, parts) => uploads.complete(key, id, parts),
    abortMultipart: (key, id) => uploads.abort(key, id),
    collectAbandoned: (untouchedForMs) => uploads.collect(untouchedForMs),
    presign: async () => {
      throw new Problem('NOT_IMPLEMENTED', 'Local files are only served by the server itself.')
    },
    close: () => workbench.close(),
  }
}

function makeWrite(tree: Tree, workbench: Workbench, foldsNames: boolean) {
  return async function write(key: string, body: Body, expect?: Expectation): Promise<WrittenFile> {
    const segments = parseKey(key)
    const { handle, path } = await workbench.newFile().catch((error) => {
      throw writeFault(error, key)
    })
    try {
      const { sha256 } = await receive(handle, body, expect)
      const facts = factsOf(await handle.stat())
      await handle.close()
      if (foldsNames) await refuseLookalike(tree, segments, key)
      await publish(tree, segments, path)
      return { ...facts, sha256 }
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw writeFault(error, key)
    }
  }
}

async function publish(tree: Tree, segments: readonly string[], path: string): Promise<void> {
  for (let left = PUBLISH_TRIES; ; left--) {
    try {
      await using folder = await tree.makeFolder(segments.slice(0, -1))
      await rename(path, folder.at(segments.at(-1)))
      await folder.sync()
      return
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || left === 0) throw error
    }
  }
}

/** Where `a` and `A` are one name, the second would replace the first in silence. */
async function refuseLookalike(tree: Tree, segments: readonly string[], key: string): Promise<void> {
  for (let depth = 1; depth <= segments.length; depth++) {
    const path = tree.pathOf(segments.slice(0, depth))
    if ((await lstat(path).catch(() => undefined)) === undefined) return
    if (basename(await realpath(path)) !== segments[depth - 1]) throw clash(key)
  }
}

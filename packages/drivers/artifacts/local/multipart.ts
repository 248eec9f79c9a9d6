import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { invalid, missing, Problem } from '@orrery/base/kernel'
import type { Body, Expectation, PartReference, WrittenFile } from '../artifact-store.ts'
import { checkPartNumber } from '../store-key.ts'
import { isGone, writeFault } from './local-faults.ts'
import { receive } from './receive.ts'
import type { Workbench } from './workbench.ts'

const MAX_OPEN = 10_000
const READ_BYTES = 1024 * 1024

/** What a finished upload answered, kept so that the same completion can be told again. */
interface Completed {
  readonly parts: readonly PartReference[]
  readonly file: WrittenFile
}

type Publish = (key: string, body: Body) => Promise<WrittenFile>

/**
 * Uploads in parts: `.multipart/<id>/key` names the key, `<number>.<sha256>` is a part, `done` the answer of a
 * completed one. A part's etag is its SHA-256. Completing copies the parts into one new file.
 */
export class MultipartUploads {
  readonly #root: string
  readonly #workbench: Workbench
  readonly #publish: Publish

  private constructor(root: string, workbench: Workbench, publish: Publish) {
    this.#root = root
    this.#workbench = workbench
    this.#publish = publish
  }

  static async open(root: string, workbench: Workbench, publish: Publish): Promise<MultipartUploads> {
    await mkdir(`${root}/.multipart`, { recursive: true, mode: 0o700 })
    return new MultipartUploads(`${root}/.multipart`, workbench, publish)
  }

  async create(key: string): Promise<string> {
    if ((await readdir(this.#root)).length >= MAX_OPEN) {
      throw new Problem('REQUEST_LIMIT_EXCEEDED', `${MAX_OPEN} uploads in parts are open already.`, {
        hint: 'Complete or abort some.',
        retryAfterSeconds: 30,
      })
    }
    const id = crypto.randomUUID()
    try {
      await mkdir(`${this.#root}/${id}`, { mode: 0o700 })
      await writeFile(`${this.#root}/${id}/key`, key, { mode: 0o600 })
    } catch (error) {
      throw writeFault(error, key)
    }
    return id
  }

  async putPart(
    key: string,
    id: string,
    number: number,
    body: Body,
    expect?: Expectation,
  ): Promise<{ etag: string; size: number }> {
    checkPartNumber(number)
    const folder = await this.#folder(key, id)
    const { handle, path } = await this.#workbench.newFile()
    try {
      const { size, sha256 } = await receive(handle, body, expect)
      await handle.close()
      await rename(path, `${folder}/${number}.${sha256}`)
      await this.#dropOlder(folder, number, sha256)
      return { etag: sha256, size }
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      if (isGone(error)) throw noSuchUpload(id)
      throw writeFault(error, key)
    }
  }

  async complete(key: string, id: string, parts: readonly PartReference[]): Promise<WrittenFile> {
    const wanted = inOrder(parts)
    const folder = await this.#folder(key, id, { done: true })
    const before = await readDone(folder)
    if (before !== undefined) return answerAgain(before, wanted)
    try {
      return await this.#join(key, folder, wanted)
    } catch (error) {
      // Somebody else may have completed it meanwhile, and taken its parts away, or aborted it.
      const meanwhile = await readDone(folder)
      if (meanwhile !== undefined) return answerAgain(meanwhile, wanted)
      throw isGone(error) ? noSuchUpload(id) : error
    }
  }

  async abort(key: string, id: string): Promise<void> {
    const folder = await this.#folder(key, id).catch((error) => {
      if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
      throw error
    })
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }

  async collect(untouchedForMs: number): Promise<number> {
    const before = Date.now() - untouchedForMs
    let collected = 0
    for (const id of await readdir(this.#root)) {
      const touched = await stat(`${this.#root}/${id}`).catch(() => undefined)
      if (touched === undefined || touched.mtimeMs > before) continue
      await rm(`${this.#root}/${id}`, { recursive: true, force: true })
      collected++
    }
    return collected
  }

  async #join(key: string, folder: string, parts: readonly PartReference[]): Promise<WrittenFile> {
    const there = new Set(await readdir(folder))
    for (const part of parts) {
      if (!there.has(fileName(part))) throw noSuchPart(part)
    }
    const file = await this.#publish(key, joined(folder, parts))
    const done: Completed = { parts, file }
    await writeFile(`${folder}/done.new`, JSON.stringify(done), { mode: 0o600 })
    await rename(`${folder}/done.new`, `${folder}/done`)
    for (const name of there) if (name !== 'key') await rm(`${folder}/${name}`, { force: true })
    return file
  }

  /** The folder of an upload that is open for this key, or with `done` also of a completed one. */
  async #folder(key: string, id: string, also: { done?: boolean } = {}): Promise<string> {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw noSuchUpload(id)
    const folder = `${this.#root}/${id}`
    const owner = await readFile(`${folder}/key`, 'utf8').catch(() => undefined)
    if (owner !== key) throw noSuchUpload(id)
    if (also.done !== true && (await readDone(folder)) !== undefined) throw noSuchUpload(id)
    return folder
  }

  async #dropOlder(folder: string, number: number, sha256: string): Promise<void> {
    for (const name of await readdir(folder)) {
      if (name.startsWith(`${number}.`) && name !== `${number}.${sha256}`)
        await rm(`${folder}/${name}`, { force: true })
    }
  }
}

const fileName = (part: PartReference) => `${part.number}.${part.etag}`

function inOrder(parts: readonly PartReference[]): PartReference[] {
  if (parts.length === 0) throw invalid('An upload is completed with at least one part; none was named.')
  const sorted = parts.map(({ number, etag }) => ({ number, etag })).sort((a, b) => a.number - b.number)
  for (const [i, part] of sorted.entries()) {
    checkPartNumber(part.number)
    if (!/^[0-9a-f]{64}$/.test(part.etag)) throw noSuchPart(part)
    if (part.number === sorted[i - 1]?.number) throw invalid(`Part ${part.number} is named twice.`)
  }
  return sorted
}

async function* joined(folder: string, parts: readonly PartReference[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const handle = await open(`${folder}/${fileName(part)}`, constants.O_RDONLY | constants.O_NOFOLLOW)
    yield* handle.createReadStream({ highWaterMark: READ_BYTES })
  }
}

async function readDone(folder: string): Promise<Completed | undefined> {
  try {
    return JSON.parse(await readFile(`${folder}/done`, 'utf8')) as Completed
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function answerAgain(before: Completed, wanted: readonly PartReference[]): WrittenFile {
  if (JSON.stringify(before.parts) === JSON.stringify(wanted)) return before.file
  throw invalid('This upload was completed before, with other parts.')
}

const noSuchUpload = (id: string) =>
  missing(`No upload '${id}' is open for this artifact; it was completed, aborted or collected.`)

const noSuchPart = ({ number, etag }: PartReference) =>
  invalid(`Part ${number} with the etag '${etag}' was not uploaded.`)

import { createHash } from 'node:crypto'
import { Problem } from '@orrery/base/kernel'
import { ARCHIVE_INDEX, type Archives } from '../archives.ts'
import type { RegistryDeps } from '../deps.ts'
import { ARCHIVE_LIMITS } from '../limits.ts'
import { parseVersion } from '../names.ts'
import { INDEX_BYTES, type IndexLimits } from './archive-index.ts'
import { type ExportPlan, type FileToExport, notAsRegistered, planExport, tooLarge } from './plan-export.ts'
import { readIndex } from './read-index.ts'
import { type FileToPack, writeTar } from './write-tar.ts'

/** Header, extended header with the longest name, and padding, rounded up. */
const OVERHEAD_BYTES = 4096

/** Exports a model or a version: the same one gives the same bytes again. */
export function makeExport(
  { db, store }: Pick<RegistryDeps, 'db' | 'store'>,
  limits: IndexLimits = ARCHIVE_LIMITS,
): Archives['export'] {
  return async function exportArchive(caller, input) {
    const plan = await db.scan((reads) => planExport(reads, caller, input, limits))
    const { model } = plan.index
    const index = Buffer.from(JSON.stringify(plan.index))
    if (index.byteLength > INDEX_BYTES) throw tooLarge(model, 'what is known of it is too long')
    const bytes = plan.files.reduce((sum, { size }) => sum + size + OVERHEAD_BYTES, index.byteLength)
    if (bytes > limits.bytes) throw tooLarge(model, `its files have about ${bytes} bytes`)
    await refuseUnkeepable(model.name, index, limits)
    return {
      fileName: fileNameOf(model.name, input.version),
      body: writeTar(filesToPack({ store }, plan, index)),
    }
  }
}

/** An archive that no import would take is not begun. */
async function refuseUnkeepable(name: string, index: Buffer, limits: IndexLimits): Promise<void> {
  try {
    await readIndex(index, limits)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const message = `'${name}' cannot be exported, because no import takes it: ${error.message}`
    throw new Problem('INVALID_STATE', message, { hint: 'Perhaps its versions can be exported one by one.' })
  }
}

function fileNameOf(name: string, version: string | undefined): string {
  const plain = name
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 100)
  return `${plain === '' ? 'model' : plain}${version === undefined ? '' : `-v${parseVersion(version)}`}.tar`
}

function* filesToPack(
  { store }: Pick<RegistryDeps, 'store'>,
  { index, updatedAt, files }: ExportPlan,
  indexBytes: Buffer,
): Generator<FileToPack> {
  yield {
    name: ARCHIVE_INDEX,
    size: indexBytes.byteLength,
    modifiedAt: updatedAt,
    content: async function* () {
      yield indexBytes
    },
  }
  for (const file of files) {
    const { entry: name, size, createdAt: modifiedAt } = file
    yield { name, size, modifiedAt, content: () => verified({ store }, index.model.name, file) }
  }
}

/** The bytes of a file. Throws RESOURCE_CONFLICT where they turn out not to be those that were registered. */
async function* verified(
  { store }: Pick<RegistryDeps, 'store'>,
  name: string,
  file: FileToExport,
): AsyncGenerator<Uint8Array> {
  const [, version = ''] = file.entry.split('/')
  const open = await store.open(file.key)
  if (open.facts.size !== file.size) {
    await open.close()
    throw notAsRegistered(name, version, file.path)
  }
  const sha256 = createHash('sha256')
  for await (const chunk of open.bytes() as AsyncIterable<Uint8Array>) {
    sha256.update(chunk)
    yield chunk
  }
  if (sha256.digest('hex') !== file.sha256) throw notAsRegistered(name, version, file.path)
}

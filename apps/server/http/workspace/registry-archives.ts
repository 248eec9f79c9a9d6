import { Readable } from 'node:stream'
import type { registryExtraRoutes } from '@orrery/base/contract'
import type { Archive, Imported, Registry } from '@orrery/domain/registry'
import { type Bindings, jsonAnswer, type RawAnswer } from '../kit/index.ts'
import { fileOf } from '../mlflow/artifact-body.ts'
import { begun } from './begun.ts'

type Names = 'exportModel' | 'exportVersion' | 'importArchive'

/** Models and versions as tar files. */
export function archiveHandlers({ archives }: Registry): Pick<Bindings<typeof registryExtraRoutes>, Names> {
  return {
    exportModel: async (caller, { input }) => answerArchive(await archives.export(caller, input)),
    exportVersion: async (caller, { input }) => answerArchive(await archives.export(caller, input)),
    importArchive: async (caller, request) => {
      const { name } = request.input
      return jsonAnswer(wireImported(await archives.import(caller, { name, body: fileOf(request) })))
    },
  }
}

/** The length is not known before: an archive is made while it is sent. One that breaks off lacks its end marker. */
async function answerArchive({ fileName, body }: Archive): Promise<RawAnswer> {
  return {
    status: 200,
    headers: {
      'content-type': 'application/x-tar',
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
    },
    body: Readable.from(await begun(body, BEGINNING), { objectMode: false }),
  }
}

/** So much is made before the answer begins: what is wrong with a small archive, or its first file, can still be said. */
const BEGINNING = { bytes: 256 * 1024 }

const wireImported = ({ name, created, versions }: Imported) => ({
  name,
  created,
  versions: versions.map(({ archived, version }) => ({
    archived: String(archived),
    version: String(version),
  })),
})

import { createHash } from 'node:crypto'
import type { Caller } from '@orrery/base/kernel'
import { byBytes } from '@orrery/drivers/artifacts'
import { insertModel } from '../models/create-model.ts'
import { takeModel } from '../models/find-model.ts'
import { insertVersion, type NewVersionFacts } from '../registration/insert-version.ts'
import type { openRegistry } from './open-registry.ts'

type Bed = Awaited<ReturnType<typeof openRegistry>>

export const sha256Of = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

/**
 * The next version of a model, which is made if it is not there, from a run with these files. Its manifest is true, and
 * nothing else was looked into: for tests of what happens to versions afterwards.
 *
 * @param files texts by their path below the version's folder; none makes a version without files
 */
export async function keepFiles(
  { deps, runWith }: Bed,
  caller: Caller,
  name: string,
  files: Readonly<Record<string, string>>,
  more: Partial<NewVersionFacts> = {},
): Promise<{ version: number; runId: string; folder: string }> {
  const inFolder = Object.entries(files).map(([path, text]) => [`model/${path}`, text])
  const runId = await runWith(caller, Object.fromEntries(inFolder))
  const folder = `0/${runId}/artifacts/model`
  const manifest = Object.entries(files)
    .map(([path, text]) => ({ path, size: Buffer.byteLength(text), sha256: sha256Of(text) }))
    .sort((a, b) => byBytes(a.path, b.path))
  const lines = manifest.map(({ path, size, sha256 }) => `${sha256}  ${size}  ${path}\n`)
  const none = manifest.length === 0
  const { version } = await deps.db.inTx(async (tx) => {
    const model = await takeModel(tx, caller, name, 'model.write').catch(() =>
      insertModel(deps, tx, caller, { name, description: null, tags: new Map() }),
    )
    return insertVersion(deps, tx, caller, model, {
      description: null,
      source: `mlflow-artifacts:/${folder}`,
      storageLocation: `mlflow-artifacts:/${folder}`,
      contentPath: none ? null : folder,
      runId,
      runLink: '',
      modelId: '',
      folderId: null,
      sourceVersionKey: null,
      tags: new Map(),
      content: {
        type: 'custom_model',
        runsCode: false,
        manifest: {
          state: none ? 'empty' : 'complete',
          digest: none ? null : sha256Of(lines.join('')),
          files: manifest.length,
          bytes: manifest.reduce((sum, { size }) => sum + size, 0),
        },
        files: manifest,
        summary: null,
      },
      ...more,
    })
  })
  return { version, runId, folder }
}

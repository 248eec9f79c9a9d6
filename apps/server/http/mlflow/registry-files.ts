import type { registryRoutes } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import type { Registry } from '@orrery/domain/registry'
import { parseArtifactPath } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Bindings } from '../kit/index.ts'
import { answerFile } from './artifact-download.ts'

/** What the routes of the registry are bound to. */
export interface RegistryMeans {
  readonly registry: Registry
  /** Only for files that the registry has said where they are. */
  readonly openFile: ArtifactStore['open']
}

/** Files of versions, as MLflow's web UI asks for them. */
export function versionFileHandlers({
  registry,
  openFile,
}: RegistryMeans): Pick<Bindings<typeof registryRoutes>, 'getVersionArtifact'> {
  return {
    getVersionArtifact: async (caller, request) => {
      const { name, version, path } = request.input
      const file = parseArtifactPath(path)
      const { key, etag } = await registry.manifests.locate(caller, { name, version, path: file })
      const opened = await openFile(key)
      if (opened.facts.etag === etag) return answerFile(opened, file, request)
      await opened.close()
      throw replaced(file)
    },
  }
}

/** Between two questions, or on the disk below the server: it cannot tell which. */
function replaced(file: string): Problem {
  return new Problem(
    'RESOURCE_CONFLICT',
    `The file '${file}' in the store is not the one that the server recorded: it was replaced just now, or not by the server.`,
    { hint: 'Repeat the call. If that does not help, upload the file as it was registered again.' },
  )
}

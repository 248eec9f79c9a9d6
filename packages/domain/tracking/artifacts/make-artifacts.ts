import type { ArtifactDeps } from './artifact-deps.ts'
import { makeDeleteArtifact } from './delete-artifact.ts'
import { makeDeleteArtifactsOf } from './delete-artifacts-of.ts'
import { makeFindRoot } from './find-root.ts'
import { makeListArtifacts } from './list-artifacts.ts'
import { makeOpenArtifact } from './open-artifact.ts'
import { makePresign } from './presign.ts'
import { makeRebuildArtifactFiles } from './rebuild-artifact-files.ts'
import { makeRecordFile } from './record-file.ts'
import { makeUploads } from './uploads.ts'
import { makeWriteArtifact } from './write-artifact.ts'

/** The verbs of artifacts. Paths are canonical: `parseArtifactPath` and `parseArtifactFolder` make them so. */
export function makeArtifacts(deps: ArtifactDeps) {
  const recordFile = makeRecordFile(deps)
  const openArtifact = makeOpenArtifact(deps)
  const writeArtifact = makeWriteArtifact(deps, recordFile)
  return {
    findRoot: makeFindRoot(deps),
    listArtifacts: makeListArtifacts(deps),
    openArtifact,
    writeArtifact,
    deleteArtifact: makeDeleteArtifact(deps, recordFile),
    deleteArtifactsOf: makeDeleteArtifactsOf(deps),
    rebuildArtifactFiles: makeRebuildArtifactFiles(deps),
    ...makePresign(deps, { openArtifact, writeArtifact }),
    ...makeUploads(deps, recordFile),
  }
}

export type Artifacts = ReturnType<typeof makeArtifacts>

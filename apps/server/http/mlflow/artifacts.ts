import { artifactRoutes } from '@orrery/base/contract'
import { bind } from '../kit/index.ts'
import type { ArtifactMeans } from './artifact-answers.ts'
import { ownerHandlers } from './artifact-owners.ts'
import { proxyHandlers } from './artifact-proxy.ts'
import { presignHandlers, signedHandlers } from './artifact-signed.ts'
import { uploadHandlers } from './artifact-uploads.ts'

export function bindArtifacts(means: ArtifactMeans) {
  return bind(artifactRoutes, {
    ...proxyHandlers(means),
    ...uploadHandlers(means),
    ...ownerHandlers(means),
    ...presignHandlers(means),
    ...signedHandlers(means),
  })
}

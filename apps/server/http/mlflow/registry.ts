import { registryRoutes } from '@orrery/base/contract'
import { bind } from '../kit/index.ts'
import { type RegistryMeans, versionFileHandlers } from './registry-files.ts'
import { modelHandlers } from './registry-models.ts'
import { versionHandlers } from './registry-versions.ts'

export function bindRegistry(means: RegistryMeans) {
  return bind(registryRoutes, {
    ...modelHandlers(means.registry),
    ...versionHandlers(means.registry),
    ...versionFileHandlers(means),
  })
}

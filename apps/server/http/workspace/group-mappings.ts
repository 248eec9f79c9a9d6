import { groupMappingRoutes } from '@orrery/base/contract'
import type { SignOn } from '@orrery/domain/access'
import { bind } from '../kit/index.ts'

/** Which groups at the provider of single sign-on are which groups here. */
export function bindGroupMappings(signOn: Pick<SignOn, 'mappings' | 'addMapping' | 'removeMapping'>) {
  return bind(groupMappingRoutes, {
    list: async (caller) => ({
      mappings: (await signOn.mappings(caller)).map(({ key, ...mapping }) => ({ id: key, ...mapping })),
    }),
    add: async (caller, mapping) => {
      await signOn.addMapping(caller, mapping)
      return {}
    },
    remove: async (caller, { id }) => {
      await signOn.removeMapping(caller, { key: id })
      return {}
    },
  })
}

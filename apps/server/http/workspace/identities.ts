import { identityRoutes } from '@orrery/base/contract'
import type { SignOn } from '@orrery/domain/access'
import { bind } from '../kit/index.ts'

/** Who at the provider of single sign-on is which account here. */
export function bindIdentities(signOn: Pick<SignOn, 'identities' | 'linkIdentity' | 'unlinkIdentity'>) {
  return bind(identityRoutes, {
    list: async (caller, { name }) => ({
      identities: (await signOn.identities(caller, { name })).map(
        ({ linkedAt, lastSignOnAt, ...identity }) => ({
          ...identity,
          linked_timestamp: linkedAt,
          last_sign_on_timestamp: lastSignOnAt,
        }),
      ),
    }),
    link: async (caller, identity) => {
      await signOn.linkIdentity(caller, identity)
      return {}
    },
    unlink: async (caller, identity) => {
      await signOn.unlinkIdentity(caller, identity)
      return {}
    },
  })
}

import { CannotStart } from './cannot-start.ts'
import type { ProviderSettings } from './http/sign-on/provider.ts'
import type { Settings } from './settings.ts'

/** How one signs on at a provider. */
export interface SignOnSettings extends ProviderSettings {
  /** Whether whoever is unknown gets an account. */
  readonly mayCreate: boolean
}

/**
 * What the settings say of single sign-on; undefined where they name no provider.
 *
 * Throws `CannotStart` where they say half of it.
 */
export function signOnSettings(
  settings: Pick<
    Settings,
    | 'auth'
    | 'oidcIssuer'
    | 'oidcClientId'
    | 'oidcClientSecret'
    | 'oidcScopes'
    | 'oidcGroupsClaim'
    | 'oidcCreateAccounts'
  >,
): SignOnSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = settings
  if (issuer === undefined) {
    if (clientId === undefined && clientSecret === undefined) return undefined
    throw new CannotStart('Single sign-on needs --oidc-issuer as well: the address of the provider.')
  }
  if (clientId === undefined) {
    throw new CannotStart(
      'Single sign-on needs --oidc-client-id as well: what the provider calls this server.',
    )
  }
  if (!settings.auth) {
    throw new CannotStart('--oidc-issuer lets people sign in, and nobody is asked to: add --auth.')
  }
  const { oidcScopes: scopes, oidcGroupsClaim: groupsClaim, oidcCreateAccounts: mayCreate } = settings
  return { issuer, clientId, clientSecret, scopes, groupsClaim, mayCreate }
}

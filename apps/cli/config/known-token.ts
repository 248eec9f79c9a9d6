import type { Settings } from '../context.ts'
import type { ConfigStore } from './config-store.ts'
import { findCredential, placeOf } from './find-credential.ts'

/** The token that is sent, and where it came from. */
export interface KnownToken {
  readonly token: string
  /** As the subject of a sentence. */
  readonly origin: string
  /** Milliseconds since the epoch, where it was kept. */
  readonly expires: number | undefined
  /** How to get another one. */
  readonly next: string
}

/** A token of the environment goes to the server of the environment or of --url, never to one of a profile. */
export function knownToken(settings: Settings, store: ConfigStore): KnownToken | undefined {
  const { envToken, url, workspace, profile } = settings
  if (envToken !== undefined) {
    const { variable, token } = envToken
    const next = `Put another one into ${variable}, or unset it and sign in with \`orrery login ${url}\`.`
    return { token, origin: `The token in ${variable}`, expires: undefined, next }
  }
  const found = findCredential(store.credentials(), placeOf(url, workspace))
  if (found === undefined) return undefined
  const { token, expires } = found.credential
  const isOfProfile = store.config().profiles[profile]?.url === url
  const whose = isOfProfile ? `The token of profile '${profile}'` : 'The token'
  const again = isOfProfile ? ` --profile ${profile}` : ''
  return {
    token,
    origin: `${whose}, which \`orrery login\` keeps for ${found.address},`,
    expires,
    next: `Sign in again with \`orrery login ${found.address}${again}\`.`,
  }
}

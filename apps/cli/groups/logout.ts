import { command, group } from '../command.ts'
import { findCredential, placeOf } from '../config/find-credential.ts'
import { revokeQuietly } from '../config/revoke-quietly.ts'
import { splitAddress } from '../settings.ts'

const logout = command({
  name: 'logout',
  summary: 'Ends the token that `orrery login` keeps, at the server and here.',
  args: { url: { says: 'Address of the server; that of the profile if not given.', optional: true } },
  examples: [
    { line: 'logout', says: 'From the server of the profile.' },
    { line: 'logout --profile test', says: 'From another one.' },
  ],
  async run(context, given) {
    const { settings, store, say } = context
    const { url, inPath } =
      given.url === undefined ? { url: settings.url, inPath: undefined } : splitAddress(given.url)
    const ofProfile = given.url === undefined ? settings.workspace : undefined
    const workspace = settings.flagWorkspace ?? inPath ?? ofProfile
    const credentials = store.credentials()
    const found = findCredential(credentials, workspace === undefined ? url : placeOf(url, workspace))
    if (found === undefined) return say(`You were not signed in to ${url}.`)
    const trouble = await revokeQuietly(context, url, found.credential)
    const { [found.address]: _, ...others } = credentials
    store.writeCredentials(others)
    if (trouble !== undefined) say(`${trouble}; it was removed here.`)
    say(`Signed out of ${found.address}.`)
  },
})

export const logoutGroup = group('logout', [logout])

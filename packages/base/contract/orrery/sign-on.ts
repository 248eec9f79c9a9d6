import { FORM_LIMIT_BYTES, orrery, raw } from '../declaration.ts'
import { int64, list, maybe, message, nothing, text } from '../fields.ts'

/** Single sign-on, for browsers. */
export const signOnRoutes = {
  beginSignOn: raw({
    name: 'signIn.beginSignOn',
    method: 'POST',
    path: '/sign-on',
    needs: 'public',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: FORM_LIMIT_BYTES,
    summary: 'Sends the browser to the provider of single sign-on.',
  }),
  finishSignOn: raw({
    name: 'signIn.finishSignOn',
    method: 'GET',
    path: '/sign-on/callback',
    needs: 'public',
    takes: message({
      code: maybe(text()),
      state: maybe(text()),
      iss: maybe(text()),
      error: maybe(text()),
      error_description: maybe(text()),
    }),
    gives: nothing,
    summary: 'Where the provider sends the browser back to.',
  }),
}

/** Which groups at the provider of single sign-on are which groups here. */
export const groupMappingRoutes = {
  list: orrery({
    name: 'groupMappings.list',
    method: 'GET',
    path: 'group-mappings',
    needs: 'server.manage',
    takes: nothing,
    gives: message({
      mappings: list(message({ id: int64(), issuer: text(), claim: text(), group: text() })),
    }),
    summary: 'Lists which groups of the sign-on provider are which groups here.',
  }),
  add: orrery({
    name: 'groupMappings.add',
    method: 'POST',
    path: 'group-mappings',
    needs: 'server.manage',
    takes: message({ issuer: text(), claim: text('Value of the claim of groups.'), group: text() }),
    gives: nothing,
    summary: 'Puts whoever has a group at the provider into a group here, from the next sign-on.',
  }),
  remove: orrery({
    name: 'groupMappings.remove',
    method: 'DELETE',
    path: 'group-mappings/{id}',
    needs: 'server.manage',
    takes: message({ id: int64() }),
    gives: nothing,
    summary: 'Removes a mapping of groups.',
  }),
}

const Identity = { issuer: text('As the provider names itself.'), subject: text('Whom it means: `sub`.') }

/** By which identities of the provider of single sign-on an account is signed on to. */
export const identityRoutes = {
  list: orrery({
    name: 'identities.list',
    method: 'GET',
    path: 'principals/user/{name}/identities',
    needs: 'server.manage',
    takes: message({ name: text() }),
    gives: message({
      identities: list(
        message({
          ...Identity,
          email: text('As the provider said it last; nothing depends on it.'),
          linked_timestamp: int64('Milliseconds since the epoch.'),
          last_sign_on_timestamp: int64(
            'Milliseconds since the epoch; of one that was never used when it was linked.',
          ),
        }),
      ),
    }),
    summary: 'Lists by which identities of providers a user signs on.',
  }),
  link: orrery({
    name: 'identities.link',
    method: 'POST',
    path: 'principals/user/{name}/identities',
    needs: 'server.manage',
    takes: message({ name: text(), ...Identity }),
    gives: nothing,
    summary: 'Lets somebody at the provider sign on to an account that there is.',
  }),
  unlink: orrery({
    name: 'identities.unlink',
    method: 'DELETE',
    path: 'principals/user/{name}/identities',
    needs: 'server.manage',
    takes: message({ name: text(), ...Identity }),
    gives: nothing,
    summary: 'Takes an identity from an account, whose sessions end.',
  }),
}

import { orrery, raw } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const FORM_LIMIT_BYTES = 16 * 1024

const Session = message({
  id: text(),
  method: word(['password', 'sign-on', 'setup-link', 'reset-link']),
  address: text(),
  browser: text(),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  last_seen_timestamp: int64('To the minute.'),
  expiration_timestamp: int64('Milliseconds since the epoch.'),
  is_this: flag('The one that asks.'),
})

/** Pages and forms for browsers. Public, because who comes here is not signed in yet; each looks for itself. */
export const signInRoutes = {
  page: raw({
    name: 'signIn.page',
    method: 'GET',
    path: '/sign-in',
    needs: 'public',
    takes: message({ next: maybe(text('Path on this server.')) }),
    gives: nothing,
    summary: 'The page on which to sign in.',
  }),
  submit: raw({
    name: 'signIn.submit',
    method: 'POST',
    path: '/sign-in',
    needs: 'public',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: FORM_LIMIT_BYTES,
    summary: 'Signs in with name and password, a form.',
  }),
  signOut: raw({
    name: 'signIn.signOut',
    method: 'POST',
    path: '/sign-out',
    needs: 'public',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: FORM_LIMIT_BYTES,
    summary: 'Ends the session of this browser.',
  }),
  setupPage: raw({
    name: 'signIn.setupPage',
    method: 'GET',
    path: '/setup',
    needs: 'public',
    takes: message({ link: maybe(text('The secret of the link; it goes from here into the form.')) }),
    gives: nothing,
    summary: 'The page behind the setup link; not there once there is an administrator.',
  }),
  setup: raw({
    name: 'signIn.setup',
    method: 'POST',
    path: '/setup',
    needs: 'public',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: FORM_LIMIT_BYTES,
    summary: 'Makes the first administrator, a form.',
  }),
  resetPage: raw({
    name: 'signIn.resetPage',
    method: 'GET',
    path: '/reset-password',
    needs: 'public',
    takes: message({ link: maybe(text('The secret of the link; it goes from here into the form.')) }),
    gives: nothing,
    summary: 'The page behind a link of `orrery reset-password`; not there without one.',
  }),
  reset: raw({
    name: 'signIn.reset',
    method: 'POST',
    path: '/reset-password',
    needs: 'public',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: FORM_LIMIT_BYTES,
    summary: 'Sets the new password of an account by a link, a form.',
  }),
}

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

export const sessionRoutes = {
  list: orrery({
    name: 'sessions.list',
    method: 'GET',
    path: 'sessions',
    needs: 'signed-in',
    takes: nothing,
    gives: message({ sessions: list(Session) }),
    summary: 'Lists the browsers in which the caller is signed in.',
  }),
  end: orrery({
    name: 'sessions.end',
    method: 'DELETE',
    path: 'sessions/{id}',
    needs: 'signed-in',
    takes: message({ id: text() }),
    gives: nothing,
    summary: 'Signs one browser out.',
  }),
  endAll: orrery({
    name: 'sessions.endAll',
    method: 'DELETE',
    path: 'sessions',
    needs: 'signed-in',
    takes: nothing,
    gives: nothing,
    summary: 'Signs all browsers out and ends all tokens of the caller.',
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

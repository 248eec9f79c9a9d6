import { orrery } from '../declaration.ts'
import { flag, int64, list, message, nothing, text, word } from '../fields.ts'

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

/** The browsers in which somebody is signed in. */
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

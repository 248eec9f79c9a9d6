import { orrery } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const Token = message({
  id: text(),
  kind: word(['personal', 'service', 'tracking', 'run']),
  name: text(),
  principal: text(),
  workspace: text(),
  all_workspaces: flag(),
  read_only: flag(),
  shown: text('Its first characters.'),
  run_id: maybe(text()),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  created_by: text(),
  expiration_timestamp: int64('Milliseconds since the epoch.'),
  last_used_timestamp: maybe(int64('To the minute.')),
  last_used_from: maybe(text('Address.')),
})

/** The token itself: shown once. */
const New = message({
  token: text('Shown once.'),
  details: Token,
  too_long_for: maybe(
    list(text(), 'Workspaces of its owner that refuse it, because they allow shorter lives only.'),
  ),
})

export const tokenRoutes = {
  list: orrery({
    name: 'tokens.list',
    method: 'GET',
    path: 'tokens',
    needs: 'signed-in',
    takes: message({ whose: maybe(word(['own', 'workspace'], 'own if not given.')) }),
    gives: message({ tokens: list(Token) }),
    summary: 'Lists one’s own tokens, or as an owner those of the workspace.',
  }),
  create: orrery({
    name: 'tokens.create',
    method: 'POST',
    path: 'tokens',
    needs: 'signed-in',
    takes: message({
      name: text(),
      life_ms: maybe(int64('90 days if not given.')),
      all_workspaces: maybe(
        flag('Works wherever its owner has a role or grant, and lives are allowed that long.'),
      ),
      read_only: maybe(flag()),
    }),
    gives: New,
    answers: 201,
    summary: 'Makes a personal token for a workspace in which one has a role or grant.',
  }),
  createForService: orrery({
    name: 'tokens.createForService',
    method: 'POST',
    path: 'principals/service/{name}/tokens',
    needs: 'workspace.manage',
    takes: message({
      name: text('Of the service account.'),
      token_name: text(),
      life_ms: maybe(int64('90 days if not given.')),
      read_only: maybe(flag()),
    }),
    gives: New,
    answers: 201,
    summary: 'Makes a token of a service account.',
  }),
  createTracking: orrery({
    name: 'tokens.createTracking',
    method: 'POST',
    path: 'tracking-credentials',
    needs: 'signed-in',
    takes: message({ life_ms: maybe(int64('At most and, if not given, 3,600,000.')) }),
    gives: message({ token: text(), expiration_timestamp: int64(), mlflow_tracking_uri: text() }),
    answers: 201,
    summary:
      'Makes a tracking credential of at most an hour; runs that it has begun can be finished with it.',
  }),
  renew: orrery({
    name: 'tokens.renew',
    method: 'POST',
    path: 'tokens/renew',
    needs: 'signed-in',
    takes: nothing,
    gives: message({ token: text(), expiration_timestamp: int64() }),
    answers: 201,
    ofRun: true,
    summary: 'Makes the successor of the run token that asks.',
  }),
  revoke: orrery({
    name: 'tokens.revoke',
    method: 'DELETE',
    path: 'tokens/{id}',
    needs: 'signed-in',
    takes: message({ id: text() }),
    gives: nothing,
    summary: 'Ends a token at once.',
  }),
}

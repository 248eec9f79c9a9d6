import { tokenRoutes } from '@orrery/base/contract'
import type { NewToken, TokenDetails, Tokens } from '@orrery/domain/access'
import { bind, originOf, type PublicAddress } from '../kit/index.ts'

/** Tokens and tracking credentials. The answers that hold one are the only place where it ever stands. */
export function bindTokens(tokens: Tokens, publicAddress: PublicAddress) {
  return bind(tokenRoutes, {
    list: async (caller, { whose = 'own' }) => ({
      tokens: (await tokens.list(caller, { whose })).map(wireToken),
    }),
    create: async (caller, { name, life_ms, all_workspaces, read_only }) =>
      wireNew(
        await tokens.create(caller, {
          kind: 'personal',
          name,
          lifeMs: life_ms,
          allWorkspaces: all_workspaces,
          readOnly: read_only,
        }),
      ),
    createForService: async (caller, { name, token_name, life_ms, read_only }) =>
      wireNew(
        await tokens.create(caller, {
          kind: 'service',
          name: token_name,
          serviceAccount: name,
          lifeMs: life_ms,
          readOnly: read_only,
        }),
      ),
    createTracking: async (caller, { life_ms }, reachedAs) => {
      const { token, expiresAt } = await tokens.createTracking(caller, { lifeMs: life_ms })
      return {
        token,
        expiration_timestamp: expiresAt,
        mlflow_tracking_uri: publicAddress(caller, originOf(reachedAs)),
      }
    },
    renew: async (caller) => {
      const { token, expiresAt } = await tokens.renew(caller)
      return { token, expiration_timestamp: expiresAt }
    },
    revoke: async (caller, { id }) => {
      await tokens.revoke(caller, { id })
      return {}
    },
  })
}

const wireNew = (made: NewToken) => ({
  token: made.token,
  details: wireToken(made),
  too_long_for: made.tooLongFor,
})

function wireToken(token: TokenDetails) {
  return {
    id: token.id,
    kind: token.kind,
    name: token.name,
    principal: token.principal,
    workspace: token.workspace,
    all_workspaces: token.allWorkspaces,
    read_only: token.readOnly,
    shown: token.shown,
    run_id: token.runId ?? undefined,
    creation_timestamp: token.createdAt,
    created_by: token.createdBy,
    expiration_timestamp: token.expiresAt,
    last_used_timestamp: token.lastUsedAt ?? undefined,
    last_used_from: token.lastUsedFrom ?? undefined,
  }
}

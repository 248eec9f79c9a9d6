import type { Metered } from './workspace.ts'

/*
 * Types and facts of this module's events; `satisfies AccessEvent` at the call of `emit`. Subjects are
 * `workspaces/<name>`, `users/<name>`, `service-accounts/<name>`, `groups/<name>`, `roles/<name>`, `tokens/<id>`,
 * `sessions/<id>`. What concerns the whole server stands in the workspace of the request. No secret and no hash is told.
 */
interface Told<Type extends string, Before, After> {
  readonly type: Type
  readonly subject: string
  readonly before: Before
  readonly after: After
}

type Texts = Readonly<Record<string, string>>

interface Usage {
  readonly what: Metered
  readonly used: number
  readonly quota: number
}

interface RightFacts {
  /** `users/alice`, `groups/vision`, `roles/annotator`. */
  readonly holder: string
  readonly kind: string
  readonly pattern: string
  /** A level or a permission. */
  readonly right: string
  readonly effect: 'allow' | 'deny'
}

interface TokenFacts {
  readonly kind: string
  readonly name: string
  readonly principal: string
  readonly expiresAt: number
}

/** Properties that changed; tags as a whole. */
type Properties = Readonly<Record<string, string | number | null | Texts>>

export type WorkspaceEvent =
  | Told<'workspace.created', undefined, { readonly name: string }>
  | Told<'workspace.updated', Properties, Properties>
  | Told<'workspace.archived' | 'workspace.restored', undefined, undefined>
  /** The things of the workspace go in slices after it. */
  | Told<'workspace.deleted', { readonly name: string }, { readonly lost: Readonly<Record<string, number>> }>
  | Told<
      'workspace.quota-changed',
      { readonly what: Metered; readonly quota: number | null },
      { readonly what: Metered; readonly quota: number | null }
    >
  /** Once each time the mark is passed, not once per call that meets it. */
  | Told<'workspace.quota-near' | 'workspace.quota-exceeded', undefined, Usage>

export type PrincipalEvent =
  | Told<'principal.created', undefined, { readonly kind: string; readonly name: string }>
  | Told<'principal.updated', Properties, Properties>
  | Told<'principal.disabled' | 'principal.enabled', undefined, undefined>
  | Told<'principal.deleted', { readonly kind: string; readonly name: string }, undefined>
  | Told<'principal.made-admin' | 'principal.no-longer-admin', undefined, undefined>
  | Told<'group.member-added', undefined, { readonly member: string; readonly source: string }>
  | Told<'group.member-removed', { readonly member: string; readonly source: string }, undefined>

export type RightEvent =
  | Told<'role.created', undefined, { readonly name: string }>
  | Told<'role.updated', Properties, Properties>
  | Told<'role.deleted', { readonly name: string }, undefined>
  | Told<'role.assigned', undefined, { readonly role: string; readonly principal: string }>
  | Told<'role.unassigned', { readonly role: string; readonly principal: string }, undefined>
  | Told<'grant.given', undefined, RightFacts>
  | Told<'grant.changed', RightFacts, RightFacts>
  | Told<'grant.taken', RightFacts, undefined>

export type CredentialEvent =
  | Told<'password.changed', undefined, undefined>
  /** By whoever has the machine. */
  | Told<'password.reset-begun', undefined, undefined>
  | Told<'token.created', undefined, TokenFacts>
  | Told<'token.revoked', TokenFacts, undefined>
  | Told<'session.begun', undefined, { readonly method: string }>
  | Told<'session.ended', undefined, { readonly because: 'signed-out' | 'revoked' }>
  | Told<'identity.linked', undefined, { readonly issuer: string; readonly email: string }>
  | Told<'identity.unlinked', { readonly issuer: string; readonly email: string }, undefined>
  /** At most once a minute for a name: an attacker must not fill the outbox. */
  | Told<'sign-in.blocked', undefined, { readonly name: string; readonly failures: number }>
  | Told<'setup.completed', undefined, { readonly name: string }>
  | Told<'group-mapping.added', undefined, { readonly claim: string; readonly group: string }>
  | Told<'group-mapping.removed', { readonly claim: string; readonly group: string }, undefined>

export type AccessEvent = WorkspaceEvent | PrincipalEvent | RightEvent | CredentialEvent

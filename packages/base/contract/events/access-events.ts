import { rowsFor } from './event-row.ts'

const WORKSPACE = 'workspaces/{name}'
const ACCOUNT = '{users|service-accounts|groups}/{name}'
const HOLDER = '{users|service-accounts|groups|roles}/{name}'
const RIGHT = {
  holder: 'users/alice',
  kind: 'registered_model',
  pattern: 'fraud',
  right: 'EDIT',
  effect: 'allow',
}
const TOKEN = { kind: 'personal', name: 'laptop', principal: 'alice', expiresAt: 1795294800000 }
const QUOTA = { what: 'artifact-bytes', used: 966367642, quota: 1073741824 }

/** The workspace itself. */
export const workspaceEvents = rowsFor('workspace.read', {
  'workspace.created': { when: 'a workspace was made', subject: WORKSPACE, after: { name: 'vision' } },
  'workspace.updated': {
    when: 'properties of a workspace changed',
    subject: WORKSPACE,
    before: { description: null },
    after: { description: 'Cameras and what they see.' },
  },
  'workspace.archived': { when: 'a workspace was archived', subject: WORKSPACE },
  'workspace.restored': { when: 'an archived workspace was restored', subject: WORKSPACE },
  'workspace.quota-changed': {
    when: 'a quota was set or lifted',
    subject: WORKSPACE,
    before: { what: 'runs', quota: null },
    after: { what: 'runs', quota: 10000 },
  },
  'workspace.quota-near': {
    when: 'four fifths of a quota were passed, once each time',
    subject: WORKSPACE,
    after: QUOTA,
  },
  'workspace.quota-exceeded': {
    when: 'a quota was reached or something was refused for it, once until there is room again',
    subject: WORKSPACE,
    after: QUOTA,
  },
})

/** Accounts, rights and credentials; and the end of a workspace, which is told in another. */
export const accessEvents = rowsFor('audit.read', {
  'workspace.deleted': {
    when: 'a workspace was deleted',
    subject: WORKSPACE,
    before: { name: 'vision' },
    after: { lost: { runs: 120 } },
  },
  'principal.created': {
    when: 'an account or group was made',
    subject: ACCOUNT,
    after: { kind: 'user', name: 'alice' },
  },
  'principal.updated': {
    when: 'names of an account changed',
    subject: ACCOUNT,
    before: { displayName: '' },
    after: { displayName: 'Alice' },
  },
  'principal.disabled': { when: 'an account was disabled', subject: ACCOUNT },
  'principal.enabled': { when: 'a disabled account was enabled', subject: ACCOUNT },
  'principal.deleted': {
    when: 'an account or group was deleted',
    subject: ACCOUNT,
    before: { kind: 'user', name: 'alice' },
  },
  'principal.made-admin': { when: 'an account became administrator', subject: ACCOUNT },
  'principal.no-longer-admin': { when: 'an account is administrator no longer', subject: ACCOUNT },
  'group.member-added': {
    when: 'an account came into a group',
    subject: 'groups/{name}',
    after: { member: 'alice', source: 'manual' },
  },
  'group.member-removed': {
    when: 'an account left a group',
    subject: 'groups/{name}',
    before: { member: 'alice', source: 'manual' },
  },
  'group-mapping.added': {
    when: 'a group of single sign-on was mapped',
    subject: 'groups/{name}',
    after: { claim: 'ml-vision', group: 'vision' },
  },
  'group-mapping.removed': {
    when: 'a group of single sign-on is mapped no longer',
    subject: 'groups/{name}',
    before: { claim: 'ml-vision', group: 'vision' },
  },
  'role.created': { when: 'a role was made', subject: 'roles/{name}', after: { name: 'annotator' } },
  'role.updated': {
    when: 'a role changed',
    subject: 'roles/{name}',
    before: { description: '' },
    after: { description: 'Looks at pictures.' },
  },
  'role.deleted': { when: 'a role was deleted', subject: 'roles/{name}', before: { name: 'annotator' } },
  'role.assigned': {
    when: 'an account or group got a role',
    subject: 'roles/{name}',
    after: { role: 'annotator', principal: 'users/alice' },
  },
  'role.unassigned': {
    when: 'a role was taken from an account or group',
    subject: 'roles/{name}',
    before: { role: 'annotator', principal: 'users/alice' },
  },
  'grant.given': { when: 'a right was given or denied', subject: HOLDER, after: RIGHT },
  'grant.changed': {
    when: 'a right changed',
    subject: HOLDER,
    before: RIGHT,
    after: { ...RIGHT, right: 'MANAGE' },
  },
  'grant.taken': { when: 'a right was taken away', subject: HOLDER, before: RIGHT },
  'password.changed': { when: 'a password was changed', subject: 'users/{name}' },
  'password.reset-begun': {
    when: 'a link for a new password was made on the machine of the server',
    subject: 'users/{name}',
  },
  'token.created': {
    when: 'a token was made, or the token of a run got its successor',
    subject: 'tokens/{id}',
    after: TOKEN,
  },
  'token.revoked': { when: 'a token was revoked', subject: 'tokens/{id}', before: TOKEN },
  'session.begun': { when: 'somebody signed in', subject: 'sessions/{id}', after: { method: 'password' } },
  'session.ended': {
    when: 'somebody signed out, or a session was revoked (of all of them the subject is the user)',
    subject: '{sessions|users}/{id}',
    after: { because: 'signed-out' },
  },
  'identity.linked': {
    when: 'an account was linked with single sign-on',
    subject: 'users/{name}',
    after: { issuer: 'https://id.example.org', email: 'alice@example.org' },
  },
  'identity.unlinked': {
    when: 'an account was no longer linked with single sign-on',
    subject: 'users/{name}',
    before: { issuer: 'https://id.example.org', email: 'alice@example.org' },
  },
  'sign-in.blocked': {
    when: 'too many sign-ins failed for a name, at most once a minute',
    subject: 'users/{name}',
    after: { name: 'alice', failures: 10 },
  },
  'setup.completed': {
    when: 'the first administrator was made',
    subject: 'users/{name}',
    after: { name: 'alice' },
  },
})

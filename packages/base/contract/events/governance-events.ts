import { rowsFor } from './event-row.ts'

const SUBSCRIPTION = 'subscriptions/{id}'
const TOLD = {
  name: 'deploy',
  description: null,
  shape: 'cloudevents',
  target: 'hooks.example.org',
  hasSecret: true,
  filter: { types: ['stage.changed'] },
  status: 'active',
  maxAttempts: 30,
  ttlMs: 86400000,
}
const APPROVAL = {
  request: '0123456789abcdef0123456789abcdef',
  policy: 'fraud*: stage Production',
  change: { kind: 'stage', name: 'fraud', version: 3, stage: 'Production' },
}

/** Subscriptions. No secret is told, and of an address the host only: what stands behind it may be one. */
export const subscriptionEvents = rowsFor('webhook.read', {
  'subscription.created': { when: 'a subscription was made', subject: SUBSCRIPTION, after: TOLD },
  'subscription.updated': {
    when: 'a subscription changed; what differs is told',
    subject: SUBSCRIPTION,
    before: TOLD,
    after: { ...TOLD, status: 'disabled' },
  },
  'subscription.deleted': { when: 'a subscription was deleted', subject: SUBSCRIPTION, before: TOLD },
  'subscription.tested': {
    when: 'a test was sent',
    subject: SUBSCRIPTION,
    after: { name: 'deploy', type: 'stage.changed', success: true, status: 200 },
  },
  'subscription.replayed': {
    when: 'events were sent again',
    subject: SUBSCRIPTION,
    after: { name: 'deploy', queued: 12, fromPosition: 100, toPosition: 200 },
  },
  'subscription.stopped': {
    when: 'the server stopped a subscription, because its owner may no longer have one',
    subject: SUBSCRIPTION,
    after: { name: 'deploy', because: 'The account alice is disabled.' },
  },
  'subscription.dead-lettered': {
    when: 'events were given up; at most once in five minutes for a subscription',
    subject: SUBSCRIPTION,
    after: { name: 'deploy', dead: 3, error: 'The receiver answered 503.' },
  },
})

/** Approvals are told where the model is, so that its story has them. */
export const approvalEvents = rowsFor('model', {
  'approval.requested': {
    when: 'somebody asked for a change that another person must approve',
    subject: 'models/{name}/versions/{version}',
    after: APPROVAL,
  },
  'approval.approved': {
    when: 'another person approved; the change follows in the same transaction',
    subject: 'models/{name}/versions/{version}',
    after: { ...APPROVAL, requestedBy: 'user:alice' },
  },
  'approval.rejected': {
    when: 'another person rejected',
    subject: 'models/{name}/versions/{version}',
    after: { ...APPROVAL, requestedBy: 'user:alice' },
  },
  'approval.withdrawn': {
    when: 'whoever asked took it back',
    subject: 'models/{name}/versions/{version}',
    after: APPROVAL,
  },
  'approval.expired': {
    when: 'nobody decided in time, or what was asked for is no longer possible',
    subject: 'models/{name}/versions/{version}',
    after: { ...APPROVAL, because: 'expired' },
  },
})

/** What binds everybody in the workspace, so everybody may see it. */
export const policyEvents = rowsFor('workspace.read', {
  'reason-policy.changed': {
    when: 'it changed whether a reason must be given',
    subject: 'policies/reasons/{change}',
    before: { demand: 'none' },
    after: { demand: 'always' },
  },
  'approval-policy.created': {
    when: 'a policy of approvals was made',
    subject: 'policies/approvals/{id}',
    after: {
      models: 'fraud*',
      kind: 'stage',
      value: 'Production',
      approvers: ['groups/risk'],
      expiresMs: 604800000,
    },
  },
  'approval-policy.updated': {
    when: 'a policy of approvals changed',
    subject: 'policies/approvals/{id}',
    before: { approvers: ['groups/risk'], expiresMs: 604800000 },
    after: { approvers: ['groups/risk', 'users/alice'], expiresMs: 259200000 },
  },
  'approval-policy.deleted': {
    when: 'a policy of approvals was deleted',
    subject: 'policies/approvals/{id}',
    before: { models: 'fraud*', kind: 'stage', value: 'Production' },
  },
  'retention-rule.changed': {
    when: 'a rule of retention was set or lifted',
    subject: 'policies/retention/{what}',
    before: { afterDays: null },
    after: { afterDays: 90 },
  },
})

/** Holds as well: what is held, and why, is not for those who may not read the thing. */
export const auditEvents = rowsFor('audit.read', {
  'legal-hold.placed': {
    when: 'something was put under legal hold',
    subject: 'legal-holds/{id}',
    after: { subject: 'models/fraud', title: 'Case 12' },
  },
  'legal-hold.lifted': {
    when: 'a legal hold was lifted',
    subject: 'legal-holds/{id}',
    before: { subject: 'models/fraud', title: 'Case 12' },
  },
  'retention.ran': {
    when: 'retention removed something',
    subject: 'policies/retention/{what}',
    after: { removed: 12, bytes: 104857600, held: 1 },
  },
  'audit.exported': {
    when: 'the audit log was exported',
    subject: 'audit',
    after: { format: 'csv', rows: 1200, complete: true, since: 1795294800000, until: null, filter: null },
  },
  'audit.anchored': {
    when: 'the heads of the log were written outside the database',
    subject: 'audit',
    after: { file: 'anchors/2026-11-21.json', number: 1200, hash: 'ab12' },
  },
  'audit.trimmed': {
    when: 'the beginning of the log is about to be taken away, up to `number`; `hash` is that of its last event',
    subject: 'audit',
    after: { removed: 1000, number: 1000, hash: 'ab12' },
  },
})

/** For what is still to come: the names are kept, so that subscriptions can be made for them. */
export const eventsToCome = {
  ...rowsFor('endpoint.read', {
    'model.deployed': {
      when: 'a version was deployed',
      subject: 'endpoints/{name}/deployments/{deployment}',
      after: { endpoint: 'score', deployment: 'blue', models: ['fraud:3'], target: 'local' },
      toCome: true,
    },
  }),
  ...rowsFor('monitor.read', {
    'drift.detected': {
      when: 'a monitor found that data have drifted',
      subject: 'monitors/{name}/runs/{run}',
      after: { monitor: 'inputs', coefficient: 0.31, threshold: 0.2 },
      toCome: true,
    },
  }),
}

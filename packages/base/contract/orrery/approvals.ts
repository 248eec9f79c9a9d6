import { orrery } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const ProtectedKind = word(['stage', 'alias'])
const RequestedKind = word(['stage', 'alias', 'delete-alias'])
const RequestState = word(['open', 'approved', 'rejected', 'withdrawn', 'expired'])

const ApprovalPolicy = message({
  id: text(),
  models: text('A name, or with `*` at its end the beginning of names.'),
  kind: ProtectedKind,
  value: text('A stage, an alias, or `*`.'),
  approvers: list(text(), '`users/alice`, `groups/risk`, `roles/owner`; none: whoever has approval.decide.'),
  expires_ms: int64('How long a request waits.'),
  created_by: text(),
  creation_timestamp: int64('Milliseconds since the epoch.'),
})

const ApprovalRequest = message({
  id: text(),
  policy: text('Id.'),
  kind: RequestedKind,
  name: text('The model.'),
  version: text('Of `delete-alias` the one that had it when it was asked for.'),
  value: text('The stage or alias.'),
  archive_existing: flag(),
  state: RequestState,
  reason: text('Of whoever asks.'),
  requested_by: text(),
  requested_timestamp: int64('Milliseconds since the epoch.'),
  expires_timestamp: int64('Milliseconds since the epoch.'),
  decided_by: maybe(text()),
  decided_timestamp: maybe(int64('Milliseconds since the epoch.')),
  decision_reason: maybe(text()),
})

const Reason = { reason: maybe(text('Instead of the header X-Orrery-Reason.')) }
const One = message({ request: ApprovalRequest })
const Deciders = message({
  deciders: list(text(), '`user:alice`, `service:ci`, by name.'),
  hidden: int64('How many more: administrators who are no members, of whom only administrators are told.'),
})

export const approvalRoutes = {
  listPolicies: orrery({
    name: 'approvalPolicies.list',
    method: 'GET',
    path: 'policies/approvals',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ policies: list(ApprovalPolicy) }),
    summary: 'Lists which stages and aliases another person must approve.',
  }),
  createPolicy: orrery({
    name: 'approvalPolicies.create',
    method: 'POST',
    path: 'policies/approvals',
    needs: 'policy.manage',
    takes: message({
      models: text(),
      kind: ProtectedKind,
      value: text(),
      approvers: maybe(list(text(), 'At most 50.')),
      expires_ms: maybe(int64('1 hour to 90 days, 7 days if not given.')),
      ...Reason,
    }),
    gives: message({ policy: ApprovalPolicy }),
    answers: 201,
    summary: 'Protects a stage or alias: from now on another person must approve.',
  }),
  updatePolicy: orrery({
    name: 'approvalPolicies.update',
    method: 'PATCH',
    path: 'policies/approvals/{id}',
    needs: 'policy.manage',
    takes: message({
      id: text(),
      approvers: maybe(list(text(), 'Replaces all.')),
      expires_ms: maybe(int64()),
      ...Reason,
    }),
    gives: message({ policy: ApprovalPolicy }),
    summary: 'Changes who approves, and how long a request waits.',
  }),
  deletePolicy: orrery({
    name: 'approvalPolicies.delete',
    method: 'DELETE',
    path: 'policies/approvals/{id}',
    needs: 'policy.manage',
    takes: message({ id: text(), ...Reason }),
    gives: nothing,
    answers: 204,
    summary: 'Lifts a protection; open requests under it end.',
  }),
  request: orrery({
    name: 'approvals.request',
    method: 'POST',
    path: 'approvals',
    needs: 'model.write',
    takes: message({
      kind: RequestedKind,
      name: text('The model.'),
      version: maybe(text('Not of `delete-alias`.')),
      value: text('The stage or alias.'),
      archive_existing: maybe(flag('Of a stage; false if not given.')),
      ...Reason,
    }),
    gives: One,
    answers: 201,
    summary: 'Asks for a change that another person must approve.',
  }),
  list: orrery({
    name: 'approvals.list',
    method: 'GET',
    path: 'approvals',
    needs: 'model.read',
    takes: message({
      state: maybe(RequestState),
      name: maybe(text('The model.')),
      mine: maybe(flag('Those that the caller may decide.')),
      limit: maybe(int64('1 to 1,000, 100 if not given.')),
      page_token: maybe(text()),
    }),
    gives: message({ requests: list(ApprovalRequest), next_page_token: maybe(text()) }),
    summary: 'Lists requests, newest first, of models that the caller may read.',
  }),
  get: orrery({
    name: 'approvals.get',
    method: 'GET',
    path: 'approvals/{id}',
    needs: 'model.read',
    takes: message({ id: text() }),
    gives: One,
    summary: 'Shows a request.',
  }),
  policyDeciders: orrery({
    name: 'approvalPolicies.deciders',
    method: 'GET',
    path: 'policies/approvals/{id}/deciders',
    needs: 'workspace.read',
    takes: message({ id: text() }),
    gives: Deciders,
    summary: 'Lists who may decide requests under a policy, by what they hold now.',
  }),
  deciders: orrery({
    name: 'approvals.deciders',
    method: 'GET',
    path: 'approvals/{id}/deciders',
    needs: 'model.read',
    takes: message({ id: text() }),
    gives: Deciders,
    summary: 'Lists who may decide a request, by what they hold now; nobody where it has ended.',
  }),
  approve: orrery({
    name: 'approvals.approve',
    method: 'POST',
    path: 'approvals/{id}/approve',
    needs: 'approval.decide',
    takes: message({ id: text(), ...Reason }),
    gives: One,
    summary: 'Approves, as another person than who asked; the change is made at once.',
  }),
  reject: orrery({
    name: 'approvals.reject',
    method: 'POST',
    path: 'approvals/{id}/reject',
    needs: 'approval.decide',
    takes: message({ id: text(), ...Reason }),
    gives: One,
    summary: 'Rejects; a reason must be given.',
  }),
  withdraw: orrery({
    name: 'approvals.withdraw',
    method: 'POST',
    path: 'approvals/{id}/withdraw',
    needs: 'model.write',
    takes: message({ id: text(), ...Reason }),
    gives: One,
    summary: 'Takes one’s own request back.',
  }),
}

import type { Migration } from '@orrery/drivers/db'

/*
 * `approval_requests.state_before` is what the change meant when it was asked for: an approval of something that has become
 * another thing since is none. `model_name` is the name at that time. At most one request for a change is open.
 *
 * `approval_request_persons` has who stood behind the account that asked, when it asked: a token that somebody made for it
 * and has revoked since does not make them another person.
 *
 * `audit_anchors` tells which heads were written outside the database and where; the files are the proof, not these
 * rows. Their hash chain is in the files: each names the one before.
 */
export const policies: Migration = {
  number: 1,
  name: 'policies',
  up: (t) => [
    `CREATE TABLE reason_policies (
      workspace_key ${t.int} NOT NULL,
      change ${t.text} NOT NULL,
      demand ${t.text} NOT NULL,
      PRIMARY KEY (workspace_key, change)
    )${t.clustered}`,
    `CREATE TABLE approval_policies (
      policy_key ${t.key},
      policy_id ${t.text} NOT NULL UNIQUE,
      workspace_key ${t.int} NOT NULL,
      models ${t.text} NOT NULL,
      kind ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      approvers ${t.text} NOT NULL,
      expires_ms ${t.int} NOT NULL,
      created_by ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL,
      UNIQUE (workspace_key, models, kind, value)
    )${t.plain}`,
    `CREATE TABLE approval_requests (
      request_key ${t.key},
      request_id ${t.text} NOT NULL UNIQUE,
      workspace_key ${t.int} NOT NULL,
      policy_key ${t.int} NOT NULL,
      model_key ${t.int} NOT NULL,
      model_name ${t.text} NOT NULL,
      kind ${t.text} NOT NULL,
      version ${t.int} NOT NULL,
      value ${t.text} NOT NULL,
      archive_existing ${t.int} NOT NULL,
      state_before ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      reason ${t.text} NOT NULL,
      requested_by ${t.text} NOT NULL,
      requester_key ${t.int} NOT NULL,
      requested_at ${t.int} NOT NULL,
      expires_at ${t.int} NOT NULL,
      decided_by ${t.text},
      decided_at ${t.int},
      decision_reason ${t.text}
    )${t.plain}`,
    `CREATE UNIQUE INDEX approval_requests_open ON approval_requests (model_key, kind, version, value)
      WHERE state = 'open'`,
    `CREATE INDEX approval_requests_by_policy ON approval_requests (policy_key) WHERE state = 'open'`,
    `CREATE INDEX approval_requests_by_end ON approval_requests (expires_at) WHERE state = 'open'`,
    `CREATE INDEX approval_requests_by_key ON approval_requests (workspace_key, request_key)`,
    `CREATE INDEX approval_requests_by_state ON approval_requests (workspace_key, state, request_key)`,
    `CREATE INDEX approval_requests_by_name ON approval_requests (workspace_key, model_name, request_key)`,
    `CREATE TABLE approval_request_persons (
      request_key ${t.int} NOT NULL,
      person_key ${t.int} NOT NULL,
      PRIMARY KEY (request_key, person_key)
    )${t.clustered}`,
    `CREATE TABLE retention_rules (
      workspace_key ${t.int} NOT NULL,
      what ${t.text} NOT NULL,
      after_days ${t.int} NOT NULL,
      last_run_at ${t.int},
      PRIMARY KEY (workspace_key, what)
    )${t.clustered}`,
    `CREATE TABLE legal_holds (
      hold_key ${t.key},
      hold_id ${t.text} NOT NULL UNIQUE,
      workspace_key ${t.int} NOT NULL,
      subject ${t.text} NOT NULL,
      title ${t.text} NOT NULL,
      reason ${t.text} NOT NULL,
      placed_by ${t.text} NOT NULL,
      placed_at ${t.int} NOT NULL,
      lifted_by ${t.text},
      lifted_at ${t.int}
    )${t.plain}`,
    `CREATE INDEX legal_holds_in_force ON legal_holds (workspace_key, subject) WHERE lifted_at IS NULL`,
    `CREATE INDEX legal_holds_by_time ON legal_holds (workspace_key, placed_at, hold_key)`,
    `CREATE TABLE audit_anchors (
      anchor_key ${t.key},
      file ${t.text} NOT NULL,
      digest ${t.text} NOT NULL,
      position ${t.int} NOT NULL,
      written_at ${t.int} NOT NULL
    )${t.plain}`,
  ],
}

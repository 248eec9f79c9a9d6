import type { Migration } from '@orrery/drivers/db'

/*
 * A workspace that is deleted keeps its row while its things go in slices. Its name is free at once: the row is renamed
 * to `<name>#<key>`, which no workspace can be called, and `deleted_name` has what it was called.
 *
 * Usage is counted in the transaction of the change. It stands in several rows, because on PostgreSQL every writer
 * of one row waits for the one before: a server adds to the row of its own shard, and the sum is what counts.
 */
export const workspaceProperties: Migration = {
  number: 3,
  name: 'workspace properties',
  up: (t) => [
    `ALTER TABLE workspaces ADD COLUMN workspace_id ${t.text}`,
    `ALTER TABLE workspaces ADD COLUMN friendly_name ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN subscription_id ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN resource_group ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN location ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN default_artifact_root ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN trace_archival_location ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN trace_archival_retention ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN max_token_life_ms ${t.int}`,
    `ALTER TABLE workspaces ADD COLUMN created_by ${t.text} NOT NULL DEFAULT ''`,
    `ALTER TABLE workspaces ADD COLUMN updated_at ${t.int}`,
    `ALTER TABLE workspaces ADD COLUMN archived_at ${t.int}`,
    `ALTER TABLE workspaces ADD COLUMN deleted_at ${t.int}`,
    `ALTER TABLE workspaces ADD COLUMN deleted_name ${t.text}`,
    `CREATE INDEX workspaces_deleted ON workspaces (workspace_key) WHERE deleted_at IS NOT NULL`,
    `CREATE TABLE workspace_tags (
      workspace_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (workspace_key, key)
    )${t.clustered}`,
    `CREATE TABLE workspace_quotas (
      workspace_key ${t.int} NOT NULL,
      what ${t.text} NOT NULL,
      quota ${t.int} NOT NULL,
      told ${t.text} NOT NULL,
      PRIMARY KEY (workspace_key, what)
    )${t.clustered}`,
    `CREATE TABLE workspace_usage (
      workspace_key ${t.int} NOT NULL,
      what ${t.text} NOT NULL,
      shard ${t.int} NOT NULL,
      amount ${t.int} NOT NULL,
      PRIMARY KEY (workspace_key, what, shard)
    )${t.clustered}`,
  ],
}

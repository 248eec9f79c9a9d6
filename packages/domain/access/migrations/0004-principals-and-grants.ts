import type { Migration } from '@orrery/drivers/db'

/*
 * Everything refers to internal keys, which are never reused: an account, a role or an experiment that is made anew
 * under an old name has none of the old one's rights.
 *
 * `grants` holds single rights. Of `principal_key` and `role_key` one is 0: the right is an account's or group's, or
 * part of a custom role. `target` 0 is every thing of the kind. Of `level` and `permission` one is empty: MLflow's
 * levels, or one permission of the list. What the built-in roles give stands in the code; their rows in `roles` only
 * have a name and the key by which MLflow's API calls them. `of_maker` 1 is what whoever made the thing got by making it;
 * it stays with the row that stands in its place.
 *
 * `access_changes` tells other servers what to forget. Whoever changes anything here first adds one to the row of
 * `access_version`, which is locked until the end of the transaction: so the numbers become visible in their order, and
 * a server that has read up to one has missed none before it.
 */
export const principalsAndGrants: Migration = {
  number: 4,
  name: 'principals and grants',
  up: (t) => [
    `CREATE TABLE principals (
      principal_key ${t.key},
      kind ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      folded_name ${t.text} NOT NULL UNIQUE,
      display_name ${t.text} NOT NULL,
      email ${t.text} NOT NULL,
      home_workspace_key ${t.int},
      is_admin ${t.int} NOT NULL,
      disabled_at ${t.int},
      stamp ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      created_by ${t.text} NOT NULL,
      updated_at ${t.int} NOT NULL,
      last_seen_at ${t.int}
    )${t.plain}`,
    `CREATE INDEX principals_by_name ON principals (kind, folded_name)`,
    `CREATE INDEX principals_by_home ON principals (home_workspace_key, principal_key)
      WHERE home_workspace_key IS NOT NULL`,
    `CREATE INDEX principals_admins ON principals (principal_key) WHERE is_admin = 1`,
    `CREATE TABLE group_members (
      group_key ${t.int} NOT NULL,
      member_key ${t.int} NOT NULL,
      source ${t.text} NOT NULL,
      PRIMARY KEY (group_key, member_key, source)
    )${t.clustered}`,
    `CREATE INDEX group_members_by_member ON group_members (member_key, group_key)`,
    `CREATE TABLE roles (
      role_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      name ${t.text} NOT NULL,
      description ${t.text},
      built_in ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      UNIQUE (workspace_key, name)
    )${t.plain}`,
    `CREATE UNIQUE INDEX roles_by_folded_name ON roles (workspace_key, lower(name))`,
    ...['owner', 'contributor', 'data-scientist', 'operator', 'reader'].map(
      (name) =>
        `INSERT INTO roles (workspace_key, name, built_in, created_at, updated_at)
          SELECT workspace_key, '${name}', 1, created_at, created_at FROM workspaces`,
    ),
    `CREATE TABLE role_assignments (
      assignment_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      principal_key ${t.int} NOT NULL,
      role_key ${t.int} NOT NULL,
      source ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL,
      created_by ${t.text} NOT NULL,
      UNIQUE (principal_key, workspace_key, role_key)
    )${t.plain}`,
    `CREATE INDEX role_assignments_by_role ON role_assignments (role_key, principal_key)`,
    `CREATE INDEX role_assignments_by_workspace ON role_assignments (workspace_key, principal_key)`,
    `CREATE TABLE grants (
      grant_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      principal_key ${t.int} NOT NULL,
      role_key ${t.int} NOT NULL,
      kind ${t.text} NOT NULL,
      target ${t.int} NOT NULL,
      level ${t.text} NOT NULL,
      permission ${t.text} NOT NULL,
      effect ${t.text} NOT NULL,
      of_maker ${t.int} NOT NULL DEFAULT 0,
      created_at ${t.int} NOT NULL,
      created_by ${t.text} NOT NULL,
      UNIQUE (principal_key, workspace_key, role_key, kind, target, permission)
    )${t.plain}`,
    `CREATE INDEX grants_by_role ON grants (role_key, grant_key) WHERE role_key <> 0`,
    `CREATE INDEX grants_by_target ON grants (workspace_key, kind, target, principal_key)`,
    `CREATE TABLE access_version (one ${t.int} NOT NULL PRIMARY KEY, version ${t.int} NOT NULL)${t.clustered}`,
    `INSERT INTO access_version (one, version) VALUES (1, 0)`,
    `CREATE TABLE access_changes (
      version ${t.int} NOT NULL,
      principal_key ${t.int},
      workspace_key ${t.int},
      at ${t.int} NOT NULL,
      PRIMARY KEY (version)
    )${t.clustered}`,
  ],
}

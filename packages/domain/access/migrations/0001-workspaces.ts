import type { Migration } from '@orrery/drivers/db'

export const workspaces: Migration = {
  number: 1,
  name: 'workspaces',
  up: (t) => [
    `CREATE TABLE workspaces (
      workspace_key ${t.key},
      name ${t.text} NOT NULL UNIQUE,
      description ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL
    )${t.plain}`,
  ],
}

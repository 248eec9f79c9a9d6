import type { Migration } from '@orrery/drivers/db'

/*
 * What was deleted for good and still has rows or files: its own row went in the transaction of the call, so
 * nobody sees it any more; the rest goes in small slices, and goes on after a restart.
 */
export const removals: Migration = {
  number: 5,
  name: 'removals',
  up: (t) => [
    `CREATE TABLE removals (
      removal_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      kind ${t.text} NOT NULL,
      target ${t.int} NOT NULL,
      external_id ${t.text} NOT NULL,
      artifact_uri ${t.text}
    )${t.plain}`,
  ],
}

import type { Migration } from '@orrery/drivers/db'

/** Keys with which the server signs what it hands out. They stand here so that all servers on one database share them. */
export const signingKeys: Migration = {
  number: 2,
  name: 'signing keys',
  up: (t) => [
    `CREATE TABLE signing_keys (
      purpose ${t.text} NOT NULL PRIMARY KEY,
      key_hex ${t.text} NOT NULL
    )${t.clustered}`,
  ],
}

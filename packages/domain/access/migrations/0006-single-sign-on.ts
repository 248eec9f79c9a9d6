import type { Migration } from '@orrery/drivers/db'

/*
 * An identity is (issuer, subject), as OpenID Connect says: names and addresses of mail are reused by others. A sign-on
 * under way is bound to the browser that began it and is taken away by the first answer that names it.
 */
export const singleSignOn: Migration = {
  number: 6,
  name: 'single sign-on',
  up: (t) => [
    `CREATE TABLE identities (
      issuer ${t.text} NOT NULL,
      subject ${t.text} NOT NULL,
      principal_key ${t.int} NOT NULL,
      email ${t.text} NOT NULL,
      linked_at ${t.int} NOT NULL,
      last_sign_on_at ${t.int} NOT NULL,
      PRIMARY KEY (issuer, subject)
    )${t.clustered}`,
    `CREATE INDEX identities_by_principal ON identities (principal_key)`,
    `CREATE TABLE sign_ons (
      state_hash ${t.text} NOT NULL,
      browser_hash ${t.text} NOT NULL,
      nonce ${t.text} NOT NULL,
      code_verifier ${t.text} NOT NULL,
      next ${t.text} NOT NULL,
      ends_at ${t.int} NOT NULL,
      PRIMARY KEY (state_hash)
    )${t.clustered}`,
    `CREATE INDEX sign_ons_by_end ON sign_ons (ends_at)`,
    `CREATE TABLE group_mappings (
      mapping_key ${t.key},
      issuer ${t.text} NOT NULL,
      claim ${t.text} NOT NULL,
      group_key ${t.int} NOT NULL,
      UNIQUE (issuer, claim, group_key)
    )${t.plain}`,
    `CREATE INDEX group_mappings_by_group ON group_mappings (group_key)`,
  ],
}

import type { Migration } from '@orrery/drivers/db'

/*
 * No secret stands here. Of tokens, sessions and links there is the SHA-256: they are 256 random bits, so that a slow
 * hash would protect nothing more. Of passwords there is `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`.
 *
 * A token or session whose `stamp` is not its account's is worth nothing: adding one there ends all of them.
 *
 * A link of `setup_links` without an account makes the first administrator; one with an account gives it a new password.
 *
 * `token_runs` has the runs that a credential of a limited time created: what it may still do afterwards. It is written
 * in the transaction that creates the run.
 */
export const credentials: Migration = {
  number: 5,
  name: 'credentials',
  up: (t) => [
    `CREATE TABLE passwords (
      principal_key ${t.int} NOT NULL,
      hash ${t.text} NOT NULL,
      changed_at ${t.int} NOT NULL,
      PRIMARY KEY (principal_key)
    )${t.clustered}`,
    `CREATE TABLE tokens (
      token_key ${t.key},
      token_id ${t.text} NOT NULL UNIQUE,
      hash ${t.text} NOT NULL UNIQUE,
      kind ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      principal_key ${t.int} NOT NULL,
      workspace_key ${t.int} NOT NULL,
      all_workspaces ${t.int} NOT NULL,
      read_only ${t.int} NOT NULL,
      shown ${t.text} NOT NULL,
      stamp ${t.int} NOT NULL,
      run_key ${t.int},
      run_id ${t.text},
      created_at ${t.int} NOT NULL,
      created_by ${t.text} NOT NULL,
      expires_at ${t.int} NOT NULL,
      ends_at ${t.int} NOT NULL,
      last_used_at ${t.int},
      last_used_from ${t.text}
    )${t.plain}`,
    `CREATE INDEX tokens_by_principal ON tokens (principal_key, token_key)`,
    `CREATE INDEX tokens_by_workspace ON tokens (workspace_key, kind, token_key)`,
    `CREATE INDEX tokens_by_end ON tokens (ends_at, token_key)`,
    `CREATE INDEX tokens_by_run ON tokens (run_key) WHERE run_key IS NOT NULL`,
    `CREATE TABLE token_runs (
      token_key ${t.int} NOT NULL,
      run_key ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      PRIMARY KEY (token_key, run_key)
    )${t.clustered}`,
    `CREATE INDEX token_runs_by_run ON token_runs (run_key)`,
    `CREATE TABLE sessions (
      session_key ${t.key},
      session_id ${t.text} NOT NULL UNIQUE,
      hash ${t.text} NOT NULL UNIQUE,
      principal_key ${t.int} NOT NULL,
      stamp ${t.int} NOT NULL,
      method ${t.text} NOT NULL,
      address ${t.text} NOT NULL,
      browser ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL,
      seen_at ${t.int} NOT NULL,
      ends_at ${t.int} NOT NULL
    )${t.plain}`,
    `CREATE INDEX sessions_by_principal ON sessions (principal_key, session_key)`,
    `CREATE INDEX sessions_by_end ON sessions (ends_at, session_key)`,
    `CREATE TABLE setup_links (
      hash ${t.text} NOT NULL,
      principal_key ${t.int},
      created_at ${t.int} NOT NULL,
      ends_at ${t.int} NOT NULL,
      PRIMARY KEY (hash)
    )${t.clustered}`,
  ],
}

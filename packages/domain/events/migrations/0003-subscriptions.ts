import type { Migration } from '@orrery/drivers/db'

/*
 * A subscription's `position` says how far the log has been read for it: each event up to there that its filter lets
 * through has a row in `deliveries`. A delivery that works at once is written once, when it has worked, many in one
 * statement; others stand as `waiting` meanwhile.
 *
 * `event_leases`: who does what only one server may do. A holder counts `beat` up; others take over when it has stood
 * still for long enough by their own clock, so the clocks of two servers need not agree.
 */
export const subscriptions: Migration = {
  number: 3,
  name: 'subscriptions',
  up: (t) => [
    `CREATE TABLE subscriptions (
      subscription_key ${t.key},
      subscription_id ${t.text} NOT NULL UNIQUE,
      workspace_key ${t.int} NOT NULL,
      name ${t.text} NOT NULL,
      description ${t.text},
      shape ${t.text} NOT NULL,
      target ${t.text} NOT NULL,
      secret ${t.text},
      filter ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      status_reason ${t.text},
      max_attempts ${t.int} NOT NULL,
      ttl_ms ${t.int} NOT NULL,
      owner_key ${t.int},
      created_by ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      position ${t.int} NOT NULL
    )${t.plain}`,
    `CREATE INDEX subscriptions_by_workspace ON subscriptions (workspace_key, created_at, subscription_key)`,
    `CREATE TABLE deliveries (
      delivery_key ${t.key},
      subscription_key ${t.int} NOT NULL,
      position ${t.int} NOT NULL,
      replay ${t.int} NOT NULL,
      type ${t.text} NOT NULL,
      subject ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      attempts ${t.int} NOT NULL,
      next_at ${t.int},
      created_at ${t.int} NOT NULL,
      last_at ${t.int},
      status ${t.int},
      error ${t.text} NOT NULL,
      duration_ms ${t.int},
      UNIQUE (subscription_key, position, replay)
    )${t.plain}`,
    `CREATE INDEX deliveries_waiting ON deliveries (subscription_key, position, replay)
      WHERE state = 'waiting'`,
    `CREATE INDEX deliveries_dead ON deliveries (subscription_key, position) WHERE state = 'dead'`,
    `CREATE INDEX deliveries_by_time ON deliveries (last_at) WHERE state <> 'waiting'`,
    `CREATE TABLE event_leases (
      name ${t.text} NOT NULL PRIMARY KEY,
      holder ${t.text} NOT NULL,
      beat ${t.int} NOT NULL
    )${t.clustered}`,
  ],
}

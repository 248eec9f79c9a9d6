import type { Migration } from '@orrery/drivers/db'

/** Nothing is pruned from here before its readers have passed; until there are readers, nothing is pruned. */
export const outbox: Migration = {
  number: 1,
  name: 'outbox',
  up: (t) => [
    `CREATE TABLE outbox (
      seq ${t.key},
      event_id ${t.text} NOT NULL,
      workspace_key ${t.int} NOT NULL,
      type ${t.text} NOT NULL,
      subject ${t.text} NOT NULL,
      actor ${t.text} NOT NULL,
      reason ${t.text},
      request_id ${t.text} NOT NULL,
      address ${t.text} NOT NULL,
      at ${t.int} NOT NULL,
      before ${t.text},
      after ${t.text}
    )${t.plain}`,
  ],
}

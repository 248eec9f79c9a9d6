import type { Migration } from '@orrery/drivers/db'

/**
 * Where verbs write what happened, each in its own transaction, unless they write it into the log at once. The sequencer
 * moves the rows on, oldest first.
 */
export const outbox: Migration = {
  number: 1,
  name: 'outbox',
  up: (t) => [
    `CREATE TABLE outbox (
      seq ${t.queueKey},
      event_id ${t.text} NOT NULL,
      workspace_key ${t.int} NOT NULL,
      type ${t.text} NOT NULL,
      subject ${t.text} NOT NULL,
      audience ${t.text} NOT NULL,
      on_key ${t.int},
      also ${t.text},
      actor ${t.text} NOT NULL,
      credential ${t.text},
      reason ${t.text},
      request_id ${t.text} NOT NULL,
      address ${t.text} NOT NULL,
      at ${t.int} NOT NULL,
      before ${t.text},
      after ${t.text}
    )${t.plain}`,
  ],
}

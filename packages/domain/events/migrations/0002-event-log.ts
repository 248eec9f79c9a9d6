import type { Migration } from '@orrery/drivers/db'

/*
 * `position` is given by the sequencer, one after the other, when an event is committed: readers need no more than the
 * last one they have seen. `number` counts within the workspace, and `hash` chains its events (`chain.ts`).
 *
 * `event_log_by_time` serves the plain list too: a small workspace beside a large one would otherwise be searched for
 * among the rows of the other. `event_mentions` has a row for each subject that an event names besides its own.
 *
 * `event_log_by_subject` holds the beginning of subjects only: those of files have their path, and PostgreSQL refuses
 * index entries of more than 2,704 bytes, which would hold up everything behind such an event.
 *
 * `event_sequence` is the turn: whoever moves events takes its row first.
 */
export const eventLog: Migration = {
  number: 2,
  name: 'event log',
  up: (t) => [
    `CREATE TABLE event_log (
      position ${t.int} NOT NULL PRIMARY KEY,
      number ${t.int} NOT NULL,
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
      after ${t.text},
      hash ${t.text} NOT NULL
    )${t.plain}`,
    `CREATE INDEX event_log_by_time ON event_log (workspace_key, at, position)`,
    `CREATE INDEX event_log_by_subject ON event_log (workspace_key, substr(subject, 1, 500), position)`,
    `CREATE INDEX event_log_by_actor ON event_log (workspace_key, actor, position)`,
    `CREATE INDEX event_log_by_type ON event_log (workspace_key, type, position)`,
    `CREATE TABLE event_sequence (one ${t.int} NOT NULL PRIMARY KEY, position ${t.int} NOT NULL)${t.plain}`,
    `INSERT INTO event_sequence (one, position) VALUES (1, 0)`,
    `CREATE TABLE event_heads (
      workspace_key ${t.int} NOT NULL PRIMARY KEY,
      number ${t.int} NOT NULL,
      position ${t.int} NOT NULL,
      hash ${t.text} NOT NULL,
      floor_number ${t.int} NOT NULL,
      floor_position ${t.int} NOT NULL,
      floor_hash ${t.text} NOT NULL,
      floor_at ${t.int}
    )${t.plain}`,
    `CREATE TABLE event_mentions (
      workspace_key ${t.int} NOT NULL,
      subject ${t.text} NOT NULL,
      position ${t.int} NOT NULL,
      PRIMARY KEY (workspace_key, subject, position)
    )${t.clustered}`,
    `CREATE INDEX event_mentions_by_position ON event_mentions (position)`,
  ],
}

import { orrery, raw } from '../declaration.ts'
import { EventMessage } from '../events/event-fields.ts'
import { anything, flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const V1 = '/api/orrery/v1/'

const Range = {
  subject: maybe(text('Exactly; everything below it where it ends in `/`.')),
  actor: maybe(text('`user:alice`.')),
  types: maybe(list(text(), 'Types of the catalogue, or `noun.*`.')),
  request_id: maybe(text()),
  since: maybe(int64('Milliseconds since the epoch, inclusive.')),
  until: maybe(int64('Milliseconds since the epoch, inclusive.')),
}

const Head = {
  number: int64('Of the last event.'),
  position: int64(),
  hash: text('Lower-case hex.'),
}

const Fault = message({
  position: int64(),
  number: int64(),
  kind: word(['changed', 'missing', 'reordered', 'added', 'head', 'anchor']),
  says: text(),
})

export const auditRoutes = {
  search: raw({
    name: 'audit.search',
    method: 'GET',
    path: `${V1}audit`,
    needs: 'audit.read',
    takes: message({
      ...Range,
      limit: maybe(int64('1 to 1,000, 100 if not given.')),
      page_token: maybe(text()),
    }),
    gives: message({ events: list(EventMessage), next_page_token: maybe(text()) }),
    summary: 'Searches the audit log, newest first: who did what, when, from where and why.',
  }),
  export: raw({
    name: 'audit.export',
    method: 'GET',
    path: `${V1}audit/export`,
    needs: 'audit.read',
    takes: message({ ...Range, format: maybe(word(['jsonl', 'csv'], 'jsonl if not given.')) }),
    gives: nothing,
    summary: 'Streams the audit log, oldest first, as JSON lines or CSV; its last line names the head.',
  }),
  verify: orrery({
    name: 'audit.verify',
    method: 'POST',
    path: 'audit/verify',
    needs: 'audit.read',
    takes: message({
      from_position: maybe(int64('Where the last call has stopped.')),
      anchor: maybe(text('An anchor file as JSON text; its head must lie in the chain.')),
    }),
    gives: message({
      verified: int64('Events looked at in this call, at most 100,000.'),
      next_position: maybe(int64('Left out when it is through.')),
      head: message(Head),
      floor: maybe(message({ ...Head, raised_timestamp: maybe(int64()) })),
      faults: list(Fault, 'At most 100. None: everything is as it was written.'),
    }),
    summary: 'Checks the chain of the workspace’s log, and an anchor against it.',
  }),
  heads: orrery({
    name: 'audit.head',
    method: 'GET',
    path: 'audit/head',
    needs: 'audit.read',
    takes: nothing,
    gives: message({
      head: message(Head),
      floor: message(Head),
      last_anchor: maybe(message({ ...Head, file: text(), timestamp: int64(), is_kept: flag() })),
    }),
    summary: 'Shows where the log begins and ends and what was last written outside the database.',
  }),
  story: raw({
    name: 'audit.story',
    method: 'GET',
    path: `${V1}stories/{subject*}`,
    needs: 'workspace.read',
    takes: message({
      subject: text('`models/fraud/versions/3`, `runs/<id>`, `experiments/<id>`, …'),
      limit: maybe(int64('1 to 1,000, 1,000 if not given.')),
      page_token: maybe(text()),
    }),
    gives: message({
      subject: text(),
      events: list(
        message({
          ...EventMessage.properties,
          life: int64('1 for the first thing of that name, 2 for the one made after it was deleted, …'),
          sentence: text('Who did what, in one sentence.'),
          approval: maybe(anything('Who asked and who approved, where a policy held it back.')),
        }),
      ),
      next_page_token: maybe(text()),
    }),
    summary: 'Tells who did what to a thing, when and why, oldest first, under every name it had.',
  }),
}

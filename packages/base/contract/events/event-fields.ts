import { anything, int64, list, maybe, message, text, word } from '../fields.ts'

/** An event as lists and exports give it. */
export const EventMessage = message({
  position: int64('Place in the log; the cursor of streams and replays.'),
  number: int64('Place among the events of the workspace, without gaps.'),
  id: text(),
  type: text('As in the catalogue.'),
  subject: text('A path below the workspace.'),
  time: text('RFC 3339, in UTC, with milliseconds.'),
  actor: text('`user:alice`, `service:deployer`, `system:server`.'),
  credential: maybe(text('By what they were recognised: `personal:17`, `session:4`.')),
  reason: maybe(text('Why, in the words of the actor.')),
  request_id: text(),
  address: text('From where.'),
  before: maybe(anything('The fields that changed, as they were.')),
  after: maybe(anything('The fields that changed, as they are.')),
  also: maybe(list(text(), 'Other subjects whose story it belongs to.')),
  hash: text('SHA-256 over the event and the hash before it, lower-case hex.'),
})

const AttributeCondition = message({
  field: text('`actor`, `reason`, `before.<name>` or `after.<name>`.'),
  operator: word([
    'equals',
    'not-equals',
    'in',
    'not-in',
    'begins-with',
    'ends-with',
    'contains',
    'less',
    'at-most',
    'greater',
    'at-least',
  ]),
  values: list(text(), 'One; up to 25 for `in` and `not-in`.'),
})

/** Which events: all of it must be met, nothing given means all that one may see. */
export const EventFilter = message({
  types: maybe(list(text(), 'Types of the catalogue, or `noun.*`.')),
  subject_begins: maybe(text()),
  subject_ends: maybe(text()),
  attributes: maybe(list(AttributeCondition)),
})

/** CloudEvents 1.0, for the API page: `data` holds actor, reason, before, after and the rest. */
export const CloudEvent = message({
  specversion: text('`1.0`.'),
  id: text(),
  source: text('Address of the workspace at this server.'),
  type: text('`orrery.` and the type of the catalogue.'),
  subject: text(),
  time: text('RFC 3339.'),
  datacontenttype: text('`application/json`.'),
  sequence: text('The position, in 20 digits.'),
  data: anything(),
})

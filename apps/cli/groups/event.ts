import { command, group } from '../command.ts'
import { MOMENT, momentOf } from '../moment.ts'
import { collect } from '../pages.ts'
import { followEvents } from './follow-events.ts'

const TYPE = {
  value: 'list',
  short: 't',
  says: 'A type of the catalogue, or `noun.*`; may be repeated.',
} as const

const list = command({
  name: 'list',
  summary: 'Lists events of what you may see, newest first.',
  options: {
    type: TYPE,
    subject: { value: 'text', says: 'Of one thing; of all below it where it ends in `/`.' },
    since: { value: 'text', says: MOMENT },
    until: { value: 'text', says: MOMENT },
    'max-results': { value: 'number', says: '100 if not given.' },
  },
  examples: [
    {
      line: 'event list --since 1d --type "version.*"',
      says: 'What happened to versions since yesterday.',
    },
    {
      line: 'event list --subject models/fraud/ --query "[].[time,type,actor]" -o tsv',
      says: 'Of one model.',
    },
  ],
  rows: '@',
  columns: [
    { title: 'Time', path: 'time', as: 'time' },
    { title: 'Type', path: 'type' },
    { title: 'Subject', path: 'subject' },
    { title: 'By', path: 'actor' },
    { title: 'Why', path: 'reason' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = {
      ...(given.type.length === 0 ? {} : { types: [...given.type] }),
      subject: given.subject,
      since: momentOf('since', given.since),
      until: momentOf('until', given.until),
    }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 1_000 },
      async (limit, page_token) => {
        const page = await client.events.list({ ...wanted, limit, page_token }, { signal })
        return { items: page.events, next: page.next_page_token }
      },
    )
  },
})

const types = command({
  name: 'types',
  summary: 'Lists the types of events.',
  examples: [{ line: 'event types', says: 'What one can follow and subscribe to.' }],
  rows: '@',
  columns: [
    { title: 'Type', path: 'type' },
    { title: 'When', path: 'when' },
    { title: 'Subject', path: 'subject' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).events.catalogue({}, { signal })).types
  },
})

const follow = command({
  name: 'follow',
  summary: 'Prints events as they happen, one on each line, until Ctrl-C.',
  options: {
    type: TYPE,
    subject: { value: 'text', says: 'Only of things whose path begins so.' },
    count: { value: 'number', says: 'Ends after so many.' },
    after: { value: 'text', shown: 'ID', says: 'Goes on behind this event; from now on if not given.' },
  },
  examples: [
    { line: 'event follow', says: 'Everything.' },
    {
      line: 'event follow -t run.completed --count 1 --query subject -o tsv',
      says: 'Waits for the next run to end.',
    },
  ],
  run: followEvents,
})

export const event = group('event', [list, follow, types])

import { EVENTS, type EventRow } from '@orrery/base/contract'

/** Every type of event with an example of what it tells, as the catalogue has them. */
export function eventsPage(): string {
  const rows = Object.entries<EventRow>(EVENTS)
  const nouns = Map.groupBy(rows, ([type]) => type.slice(0, type.indexOf('.')))
  return `# Types of events

Each change of a workspace is told by one event, in the transaction of the change. This page is printed from the catalogue;
how events reach a webhook, a mailbox, a channel or a browser stands in [events.md](events.md), and how they are searched in
[audit.md](audit.md). \`GET /api/orrery/v1/events/catalogue\` gives the same list.

*Seen by*: \`experiment\` and \`model\` mean whoever may read the one it is about; others are permissions in the workspace.
Artifacts of registered versions are told to readers of the audit log only. A receiver gets the type with \`orrery.\` in front.

*Before* and *after* hold the fields that changed. The values are examples; a field that does not apply is left
out.

${[...nouns].map(([noun, ofNoun]) => section(noun, ofNoun)).join('\n')}`
}

function section(noun: string, rows: readonly (readonly [string, EventRow])[]): string {
  return `## ${noun}\n\n${rows.map(([type, row]) => entry(type, row)).join('\n')}`
}

function entry(
  type: string,
  { when, subject, audience, before, after, sometimes, toCome }: EventRow,
): string {
  const parts = [
    `Told when ${when}.${toCome === true ? ' *Nothing tells it yet.*' : ''} Subject \`${subject}\`, seen by \`${audience}\`.`,
    ...(before === undefined ? [] : [`before: \`${JSON.stringify(before)}\``]),
    ...(after === undefined ? [] : [`after: \`${JSON.stringify(after)}\``]),
    ...(sometimes === undefined ? [] : [`at times, in after: \`${JSON.stringify(sometimes)}\``]),
  ]
  return `### \`${type}\`\n\n${parts.join('\n\n')}\n`
}

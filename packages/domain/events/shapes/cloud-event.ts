import type { LoggedEvent } from '../log.ts'

/** Where an event comes from, as receivers are told. */
export interface EventOrigin {
  /** Without a last `/`. */
  readonly publicUrl: string
  /** Name of the workspace. */
  readonly workspace: string
}

/** CloudEvents 1.0, structured. Neither the address nor the credential of whoever did it goes out. */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** The position in 20 digits: texts of one length sort as the numbers do. */
  readonly sequence: string
  readonly data: CloudEventData
}

export interface CloudEventData {
  readonly workspace: string
  readonly actor: string
  readonly reason?: string
  readonly request_id: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  readonly also?: readonly string[]
}

/** What receivers know types by: `orrery.run.completed`. */
export const cloudEventType = (type: string) => `orrery.${type}`

export function cloudEventSource({ publicUrl, workspace }: EventOrigin): string {
  return `${publicUrl}/workspaces/${encodeURIComponent(workspace)}`
}

export function cloudEvent(event: LoggedEvent, origin: EventOrigin): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: cloudEventSource(origin),
    type: cloudEventType(event.type),
    subject: event.subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    sequence: String(event.position).padStart(20, '0'),
    data: cloudEventData(event, origin),
  }
}

export function cloudEventData(event: LoggedEvent, { workspace }: EventOrigin): CloudEventData {
  return {
    workspace,
    actor: event.actor,
    ...(event.reason === null ? {} : { reason: event.reason }),
    request_id: event.requestId,
    ...(event.before === undefined ? {} : { before: event.before }),
    ...(event.after === undefined ? {} : { after: event.after }),
    ...(event.also === undefined ? {} : { also: event.also }),
  }
}

const written = new WeakMap<LoggedEvent, { readonly source: string; readonly json: string }>()

/** As live streams and webhooks send it. Written once for all who get the same event. */
export function cloudEventJson(event: LoggedEvent, origin: EventOrigin): string {
  const source = cloudEventSource(origin)
  const known = written.get(event)
  if (known?.source === source) return known.json
  const json = JSON.stringify(cloudEvent(event, origin))
  written.set(event, { source, json })
  return json
}

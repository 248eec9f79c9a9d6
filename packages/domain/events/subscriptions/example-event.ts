import { EVENTS, type EventRow, type EventType } from '@orrery/base/contract'
import { type Caller, invalid } from '@orrery/base/kernel'
import type { LoggedEvent } from '../log.ts'
import { spreadTypes } from '../matching/compile-filter.ts'
import type { SubscriptionFilter } from '../subscription.ts'

const FIRST: EventType = 'run.completed'
const ID = '0123456789abcdef0123456789abcdef'
const NAMES: Readonly<Record<string, string>> = {
  name: 'fraud',
  version: '3',
  path: 'model/MLmodel',
  experiment_id: '12',
}

/** The first that a filter lets through, for a test that names none. */
export function firstType({ types }: SubscriptionFilter): string {
  const [first] = types === undefined ? [FIRST] : spreadTypes(types)
  return first ?? FIRST
}

/** The example of the catalogue as an event. @throws INVALID_PARAMETER_VALUE */
export function exampleEvent(
  type: string,
  caller: Caller,
  { id, at }: { readonly id: string; readonly at: number },
): LoggedEvent {
  if (!Object.hasOwn(EVENTS, type)) {
    throw invalid(
      `'type' is '${type.slice(0, 100)}', which is no type of event.`,
      'GET /api/orrery/v1/events/catalogue lists them.',
    )
  }
  const row: EventRow = EVENTS[type as EventType]
  return {
    position: 0,
    number: 0,
    id,
    workspaceKey: caller.workspace.key,
    type: type as EventType,
    subject: row.subject.replace(/\{([^}]*)\}/g, (_, name: string) => exampleOf(name)),
    audience: row.audience,
    actor: `${caller.principal.kind}:${caller.principal.name}`,
    credential: null,
    reason: null,
    requestId: caller.requestId,
    address: '',
    at,
    ...(row.before === undefined ? {} : { before: row.before }),
    ...(row.after === undefined ? {} : { after: row.after }),
    hash: '',
  }
}

/** `{a|b}` is a choice, anything else the name of what stands there. */
function exampleOf(name: string): string {
  if (name.includes('|')) return name.split('|')[0]!
  return name === 'owner' ? `runs/${ID}` : (NAMES[name] ?? ID)
}

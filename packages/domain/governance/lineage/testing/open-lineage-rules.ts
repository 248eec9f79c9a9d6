import type { OpenLineageEvent } from '../../lineage.ts'

/*
 * What the schema of OpenLineage 2-0-2 demands of a run event, written down by hand from
 * https://openlineage.io/spec/2-0-2/OpenLineage.json: BaseEvent (eventTime, producer, schemaURL), RunEvent (run, job),
 * Run (runId), Job and Dataset (namespace, name), BaseFacet (_producer, _schemaURL).
 */

type Anything = Readonly<Record<string, unknown>>
type Rule = (value: unknown) => boolean

const isObject = (value: unknown): value is Anything =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText: Rule = (value) => typeof value === 'string'
const isUri: Rule = (value) => typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\S+$/i.test(value)
const isUuid: Rule = (value) =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
const isDateTime: Rule = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
  !Number.isNaN(Date.parse(value))
const EVENT_TYPES = ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']
const isEventType: Rule = (value) => value === undefined || EVENT_TYPES.includes(String(value))

const NAMED = { namespace: isText, name: isText }

/** What is wrong with an event, by place; none: it is sound. */
export function faultsOf(event: OpenLineageEvent): string[] {
  const { run, job, inputs = [], outputs = [] } = event
  return [
    ...fields('', event as unknown as Anything, {
      eventType: isEventType,
      eventTime: isDateTime,
      producer: isUri,
      schemaURL: isUri,
    }),
    ...thing('run', run, { runId: isUuid }),
    ...thing('job', job, NAMED),
    ...list('inputs', inputs),
    ...list('outputs', outputs),
  ]
}

function list(place: string, sets: unknown): string[] {
  if (!Array.isArray(sets)) return [`${place} is no list`]
  return sets.flatMap((set, at) => thing(`${place}[${at}]`, set, NAMED))
}

/** An object with its facets. */
function thing(place: string, value: unknown, rules: Readonly<Record<string, Rule>>): string[] {
  if (!isObject(value)) return [`${place} is no object`]
  const facets = isObject(value.facets) ? Object.entries(value.facets) : []
  return [
    ...fields(place, value, rules),
    ...facets.flatMap(([name, facet]) =>
      isObject(facet)
        ? fields(`${place}.${name}`, facet, { _producer: isUri, _schemaURL: isUri })
        : [`${place}.${name} is no facet`],
    ),
  ]
}

function fields(place: string, value: Anything, rules: Readonly<Record<string, Rule>>): string[] {
  return Object.entries(rules).flatMap(([field, rule]) =>
    rule(value[field]) ? [] : [`${place}.${field} is ${JSON.stringify(value[field])}`],
  )
}

import { createHash, createHmac } from 'node:crypto'
import type { Reads } from '@orrery/drivers/db'
import type { LoggedEvent } from '../log.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import { type MlflowEventName, mlflowTestEvent } from './mlflow-events.ts'
import { MLFLOW_EXAMPLES } from './mlflow-examples.ts'
import { type MlflowData, mlflowPayload } from './mlflow-payload.ts'

/** To whom a webhook goes, and when. */
interface MlflowReceiver {
  readonly subscriptionId: string
  readonly workspaceName: string
  /** Undefined: it is not signed. */
  readonly secret: string | undefined
  /** Milliseconds since the epoch, of this attempt: receivers refuse what is older than a few minutes. */
  readonly now: number
}

export interface MlflowSending extends MlflowReceiver {
  readonly event: LoggedEvent
  /** 0 for the first sending. */
  readonly replay: number
}

/** What is posted. Names of headers are in lower case. */
export interface MlflowPost {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** @returns undefined for an event that MLflow's webhooks do not tell; the body is the same at each attempt */
export type MlflowRequest = (reads: Reads, sending: MlflowSending) => Promise<MlflowPost | undefined>

/** Tells events as MLflow's webhooks do: its payloads, headers and signature. */
export function makeMlflowRequest({ promptText }: Pick<SubscriptionDeps, 'promptText'>): MlflowRequest {
  return async function mlflowRequest(reads, { event, replay, ...receiver }) {
    const payload = await mlflowPayload(reads, promptText, event)
    if (payload === undefined) return undefined
    const deliveryId = uuidOf(`${receiver.subscriptionId}/${event.position}/${replay}`)
    const told = { ...payload, at: event.at, deliveryId }
    return post(receiver, told, replay === 0 ? {} : { 'x-orrery-replay': String(replay) })
  }
}

/**
 * A test of a subscription: MLflow's own example.
 *
 * @param input.type MLflow's name, a type of the catalogue, or nothing for the first of the filter
 * @param input.id differs from test to test
 * @throws INVALID_PARAMETER_VALUE for an event that MLflow's webhooks do not tell
 */
export function mlflowTestRequest({
  type,
  filter,
  id,
  ...receiver
}: MlflowReceiver & {
  readonly type: string | undefined
  readonly filter: SubscriptionFilter
  readonly id: string
}): MlflowPost {
  const name = mlflowTestEvent(type, filter)
  const told = { name, data: MLFLOW_EXAMPLES[name], at: receiver.now, deliveryId: uuidOf(id) }
  return post(receiver, told, { 'x-orrery-test': 'true' })
}

interface Told {
  readonly name: MlflowEventName
  readonly data: MlflowData
  readonly at: number
  readonly deliveryId: string
}

function post(
  { secret, workspaceName, now }: MlflowReceiver,
  { name, data, at, deliveryId }: Told,
  marks: Readonly<Record<string, string>>,
): MlflowPost {
  const [entity, action] = name.split('.')
  const body = Buffer.from(
    JSON.stringify({ entity, action, timestamp: pythonTime(at), data, workspace: workspaceName }),
  )
  const timestamp = String(Math.floor(now / 1000))
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-mlflow-delivery-id': deliveryId,
      'x-mlflow-timestamp': timestamp,
      ...(secret === undefined
        ? {}
        : { 'x-mlflow-signature': signature(secret, deliveryId, timestamp, body) }),
      ...marks,
    },
  }
}

function signature(secret: string, deliveryId: string, timestamp: string, body: Uint8Array): string {
  const hmac = createHmac('sha256', secret).update(`${deliveryId}.${timestamp}.`).update(body)
  return `v1,${hmac.digest('base64')}`
}

/** As Python's `isoformat`, which has microseconds and no `Z`: `datetime.fromisoformat` before 3.11 reads no other. */
function pythonTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000+00:00')
}

/** A UUID of version 8 made of a text: the same text has the same one, so receivers know what comes again. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

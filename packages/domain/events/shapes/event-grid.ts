import type { Reads } from '@orrery/drivers/db'
import type { LoggedEvent } from '../log.ts'
import type { DescribeRun } from '../seams.ts'
import { cloudEventData, cloudEventSource, cloudEventType, type EventOrigin } from './cloud-event.ts'
import { type Post, type Sending, signedPost } from './post.ts'

const AZURE = 'Microsoft.MachineLearningServices'

/** Azure's names of the states of a run. */
const STATUS: Readonly<Record<string, string>> = {
  RUNNING: 'Running',
  SCHEDULED: 'NotStarted',
  FINISHED: 'Completed',
  FAILED: 'Failed',
  KILLED: 'Canceled',
}

/** What of an envelope depends on the type of the event. */
interface Told {
  readonly eventType: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Azure Event Grid's envelope of before CloudEvents: a list of one. */
export async function eventGridPost(reads: Reads, describeRun: DescribeRun, sending: Sending): Promise<Post> {
  const { event, origin, subscriptionName, attempt } = sending
  const envelope = {
    topic: cloudEventSource(origin),
    ...(await toldOf(reads, describeRun, event, origin)),
    eventTime: new Date(event.at).toISOString(),
    id: event.id,
    dataVersion: '',
    metadataVersion: '1',
  }
  return signedPost(sending, JSON.stringify([envelope]), {
    'content-type': 'application/json; charset=utf-8',
    'aeg-event-type': 'Notification',
    'aeg-subscription-name': encodeURIComponent(subscriptionName),
    'aeg-delivery-count': String(attempt - 1),
  })
}

async function toldOf(
  reads: Reads,
  describeRun: DescribeRun,
  event: LoggedEvent,
  origin: EventOrigin,
): Promise<Told> {
  if (event.type === 'version.created' && event.after?.kind !== 'prompt') return registered(event)
  const status = newStatus(event)
  if (status !== undefined) {
    const runId = event.subject.split('/')[1]!
    const run = await describeRun(reads, event.workspaceKey, runId)
    const experimentId = run?.experimentId ?? String(event.after?.experimentId ?? '')
    return {
      eventType: `${AZURE}.${status === 'Completed' ? 'RunCompleted' : 'RunStatusChanged'}`,
      subject: `experiments/${experimentId}/runs/${runId}`,
      data: {
        experimentId,
        experimentName: run?.experimentName ?? '',
        runId,
        runType: 'mlflow',
        runTags: run?.tags ?? {},
        runProperties: {},
        ...(status === 'Completed' ? {} : { runStatus: status }),
      },
    }
  }
  const { before = null, after = null, actor, reason = null } = cloudEventData(event, origin)
  return {
    eventType: cloudEventType(event.type),
    subject: event.subject,
    data: { workspace: origin.workspace, actor, reason, before, after },
  }
}

function registered({ after, subject }: LoggedEvent): Told {
  const [, ofSubject, , versionOfSubject] = subject.split('/')
  const modelName = String(after?.name ?? ofSubject)
  const modelVersion = String(after?.version ?? versionOfSubject)
  return {
    eventType: `${AZURE}.ModelRegistered`,
    subject: `models/${modelName}:${modelVersion}`,
    data: { modelName, modelVersion, modelTags: after?.tags ?? {}, modelProperties: {} },
  }
}

/** The status that a run has changed to, in Azure's words. */
function newStatus({ type, before, after }: LoggedEvent): string | undefined {
  if (type === 'run.created') return STATUS.RUNNING
  if (!/^run\.(updated|completed|failed|killed)$/.test(type)) return undefined
  const status = after?.status
  return typeof status === 'string' && status !== before?.status ? STATUS[status] : undefined
}

/** What a receiver must answer before it is sent anything: `{"validationResponse": "<code>"}`. */
export function validationPost(sending: Sending, validationCode: string): Post {
  const envelope = {
    topic: cloudEventSource(sending.origin),
    subject: '',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date(sending.now).toISOString(),
    id: sending.event.id,
    data: { validationCode },
    dataVersion: '2',
    metadataVersion: '1',
  }
  return signedPost(sending, JSON.stringify([envelope]), {
    'content-type': 'application/json; charset=utf-8',
    'aeg-event-type': 'SubscriptionValidation',
    'aeg-subscription-name': encodeURIComponent(sending.subscriptionName),
  })
}

import type { MigrationModule } from '@orrery/drivers/db'
import { outbox } from './migrations/0001-outbox.ts'
import { eventLog } from './migrations/0002-event-log.ts'
import { subscriptions } from './migrations/0003-subscriptions.ts'

export { CHAIN_SEED, CHAINED, type ChainedRow, firstHash, nextHash } from './chain.ts'
export type { DelivererDeps } from './deliveries/deliverer-deps.ts'
export { makeDeliverer, type StartableDeliverer } from './deliveries/make-deliverer.ts'
export { serverCaller } from './deliveries/server-caller.ts'
export { type Emit, makeEmit } from './emit.ts'
export { actorOf, credentialOf, type Event, type StoredEvent } from './event.ts'
export type { EventsTables } from './events-tables.ts'
export { type GrowingLog, makeEventLog } from './log/event-log.ts'
export { logQueries } from './log/log-queries.ts'
export { asLogged, type LogRow } from './log/logged-row.ts'
export { type Heard, type Hearing, makeHearing, mayHear } from './log/may-hear.ts'
export { trimLog } from './log/trim-log.ts'
export { typesOf } from './log/types-of.ts'
export type {
  EventLog,
  Floor,
  Head,
  LoggedEvent,
  LogHead,
  LogPage,
  LogPlace,
  LogPrefix,
  LogQueries,
  LogQuery,
  LogWalk,
  Sequencer,
  StoryPage,
  StoryQuery,
  TrimLog,
  WalkQuery,
} from './log.ts'
export { readEvents } from './read-events.ts'
export { makeSeal } from './seal.ts'
export type { CallerOf, DescribeRun, PromptText, Seal, SubscriptionDeps } from './seams.ts'
export { makeSequencer, type SequencerDeps, type StartableSequencer } from './sequencer/make-sequencer.ts'
export {
  MLFLOW_EVENTS,
  type MlflowEventName,
  mlflowEventName,
  mlflowEventsOf,
  mlflowFilter,
} from './shapes/mlflow-events.ts'
export { sentenceOf, whoOf } from './shapes/sentence.ts'
export { makeStreams, type RunningStreams, type StreamDeps } from './streams/make-streams.ts'
export {
  STREAM_LIMITS,
  type StreamEnd,
  type StreamFrame,
  type StreamOutlet,
  type Streams,
  type StreamWishes,
} from './streams.ts'
export {
  type AttributeCondition,
  type Delivery,
  type DeliveryState,
  OPERATORS,
  PAUSES_MS,
  SHAPES,
  type Shape,
  SUBSCRIPTION_LIMITS,
  type Subscription,
  type SubscriptionFilter,
  type SubscriptionStatus,
  type TestResult,
} from './subscription.ts'
export { makeSubscriptions } from './subscriptions/make-subscriptions.ts'
export { makeSubscriptionResidents } from './subscriptions/residents.ts'
export type { Deliverer, SubscriptionInput, Subscriptions } from './subscriptions.ts'

export const eventsMigrations: MigrationModule = {
  module: 'events',
  migrations: [outbox, eventLog, subscriptions],
}

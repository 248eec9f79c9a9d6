import type { Clock, IdSource } from '@orrery/base/kernel'
import { ensureSigningKey, findWorkspaceName, SEALING } from '@orrery/domain/access'
import {
  type DelivererDeps,
  type Emit,
  type EventLog,
  makeDeliverer,
  makeSeal,
  makeSubscriptions,
  type StartableDeliverer,
  type Subscriptions,
} from '@orrery/domain/events'
import { promptText } from '@orrery/domain/registry'
import { describeRun } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import { closedEgress, type Egress, type Mailer } from '@orrery/drivers/egress'
import type { Logger } from 'pino'

/** Subscriptions, and whoever delivers what they ask for. */
export interface WiredDeliveries {
  readonly subscriptions: Subscriptions
  readonly deliverer: StartableDeliverer
  close(): Promise<void>
}

export interface DeliveryMeans {
  readonly db: Database
  readonly log: EventLog
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  /** Left out: nothing goes out. */
  readonly egress: Egress | undefined
  readonly mailer: Mailer | undefined
  readonly publicUrl: string
  /** Undefined: a key that the database keeps. */
  readonly secretKey: string | undefined
  readonly callerOf: DelivererDeps['callerOf']
}

/** Resolves when subscriptions are known and what waited goes on. */
export async function wireDeliveries(means: DeliveryMeans, log: Logger): Promise<WiredDeliveries> {
  const { db, egress = closedEgress(), secretKey } = means
  const key = secretKey ?? (await db.inTx((tx) => ensureSigningKey(tx, SEALING)))
  let isFailing = false
  const deps: DelivererDeps = {
    ...means,
    egress,
    signals: db.signals,
    seal: makeSeal(key),
    findWorkspaceName,
    promptText,
    describeRun,
    onFailure(error) {
      // Once, and not at each try: the database has its own line.
      if (!isFailing) log.error({ err: error }, 'events could not be delivered; trying again')
      isFailing = true
      setTimeout(() => {
        isFailing = false
      }, 60_000).unref()
    },
  }
  const deliverer = makeDeliverer(deps)
  await deliverer.start()
  return { subscriptions: makeSubscriptions(deps), deliverer, close: () => deliverer.stop() }
}

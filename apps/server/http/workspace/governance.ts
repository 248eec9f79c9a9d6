import { legalHoldRoutes, reasonPolicyRoutes, retentionRoutes } from '@orrery/base/contract'
import type {
  LegalHold,
  LegalHolds,
  ReasonPolicies,
  Retained,
  Retention,
  RetentionRule,
} from '@orrery/domain/governance'
import { bind } from '../kit/index.ts'

/** What binds everybody in a workspace, and how long things are kept. */
export function bindGovernance({ reasons, retention, holds }: GovernanceMeans) {
  return [...bindReasons(reasons), ...bindRetention(retention), ...bindHolds(holds)]
}

export interface GovernanceMeans {
  readonly reasons: ReasonPolicies
  readonly retention: Retention
  readonly holds: LegalHolds
}

function bindReasons(reasons: ReasonPolicies) {
  return bind(reasonPolicyRoutes, {
    list: async (caller) => ({ policies: await reasons.list(caller) }),
    set: async (caller, { change, demand }) => {
      await reasons.set(caller, { change, demand })
      return { policy: { change, demand } }
    },
  })
}

// The verbs refuse what is no kind of thing, and say which there are.
const asRetained = (what: string) => what as Retained

function bindRetention(retention: Retention) {
  return bind(retentionRoutes, {
    list: async (caller) => ({ rules: (await retention.list(caller)).map(wireRule) }),
    set: async (caller, { what, after_days }) => ({
      rule: wireRule(await retention.set(caller, { what: asRetained(what), afterDays: after_days })),
    }),
    lift: async (caller, { what }) => {
      await retention.lift(caller, { what: asRetained(what) })
      return {}
    },
    dryRun: async (caller, { what, after_days }) => ({
      counted: await retention.dryRun(caller, {
        what: what === undefined ? undefined : asRetained(what),
        afterDays: after_days,
      }),
    }),
    run: async (caller, { what }) => ({
      started: await retention.run(caller, { what: what === undefined ? undefined : asRetained(what) }),
    }),
  })
}

function bindHolds(holds: LegalHolds) {
  return bind(legalHoldRoutes, {
    list: async (caller, { lifted = false }) => ({
      holds: (await holds.list(caller, { lifted })).map(wireHold),
    }),
    place: async (caller, { subject, title }) => ({
      hold: wireHold(await holds.place(caller, { subject, title })),
    }),
    lift: async (caller, { id }) => ({ hold: wireHold(await holds.lift(caller, { id })) }),
  })
}

const wireRule = ({ what, afterDays, lastRunAt }: RetentionRule) => ({
  what,
  after_days: afterDays,
  last_run_timestamp: lastRunAt ?? undefined,
})

const wireHold = (hold: LegalHold) => ({
  id: hold.id,
  subject: hold.subject,
  title: hold.title,
  reason: hold.reason,
  placed_by: hold.placedBy,
  placed_timestamp: hold.placedAt,
  lifted_by: hold.liftedBy ?? undefined,
  lifted_timestamp: hold.liftedAt ?? undefined,
})

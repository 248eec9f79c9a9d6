import { orrery } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const Change = word(['stage', 'alias', 'deletion', 'traffic'])
const Demand = word(
  ['none', 'where-possible', 'always'],
  'where-possible: MLflow’s own calls may go without.',
)

const ReasonPolicy = message({ change: Change, demand: Demand })

const RetentionRule = message({
  what: word(['deleted-runs', 'deleted-experiments', 'deleted-logged-models', 'deleted-artifacts', 'audit']),
  after_days: int64('1 to 36,500.'),
  last_run_timestamp: maybe(int64('Milliseconds since the epoch.')),
})

const LegalHold = message({
  id: text(),
  subject: text(
    'What is held, with all below it: `models/fraud`, `experiments/12`; empty: the whole workspace.',
  ),
  title: text(),
  reason: text(),
  placed_by: text(),
  placed_timestamp: int64('Milliseconds since the epoch.'),
  lifted_by: maybe(text()),
  lifted_timestamp: maybe(int64('Milliseconds since the epoch.')),
})

const Counted = message({
  what: text(),
  things: int64(),
  bytes: int64(),
  held: int64('Under legal hold: they stay.'),
  examples: list(text(), 'Subjects; at most 20.'),
})

const Reason = { reason: maybe(text('Instead of the header X-Orrery-Reason.')) }

export const reasonPolicyRoutes = {
  list: orrery({
    name: 'reasonPolicies.list',
    method: 'GET',
    path: 'policies/reasons',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ policies: list(ReasonPolicy) }),
    summary: 'Lists for which changes a reason must be given.',
  }),
  set: orrery({
    name: 'reasonPolicies.set',
    method: 'PUT',
    path: 'policies/reasons/{change}',
    needs: 'policy.manage',
    takes: message({ change: Change, demand: Demand, ...Reason }),
    gives: message({ policy: ReasonPolicy }),
    summary: 'Says whether a change needs a reason.',
  }),
}

export const retentionRoutes = {
  list: orrery({
    name: 'retention.list',
    method: 'GET',
    path: 'policies/retention',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ rules: list(RetentionRule) }),
    summary: 'Lists after how long what is removed for good.',
  }),
  set: orrery({
    name: 'retention.set',
    method: 'PUT',
    path: 'policies/retention/{what}',
    needs: 'policy.manage',
    takes: message({ what: text(), after_days: int64('1 to 36,500.'), ...Reason }),
    gives: message({ rule: RetentionRule }),
    summary: 'Sets a rule; it holds from its next run.',
  }),
  lift: orrery({
    name: 'retention.lift',
    method: 'DELETE',
    path: 'policies/retention/{what}',
    needs: 'policy.manage',
    takes: message({ what: text(), ...Reason }),
    gives: nothing,
    answers: 204,
    summary: 'Lifts a rule: nothing of it is removed any more.',
  }),
  dryRun: orrery({
    name: 'retention.dryRun',
    method: 'POST',
    path: 'policies/retention/dry-run',
    needs: 'policy.manage',
    takes: message({
      what: maybe(text('All rules if not given.')),
      after_days: maybe(int64('Instead of the rule’s.')),
    }),
    gives: message({ counted: list(Counted) }),
    summary: 'Counts what a run would remove now, and removes nothing.',
  }),
  run: orrery({
    name: 'retention.run',
    method: 'POST',
    path: 'policies/retention/run',
    needs: 'policy.manage',
    takes: message({ what: maybe(text('All rules if not given.')), ...Reason }),
    gives: message({ started: flag('False where a run is under way already.') }),
    summary: 'Runs the rules now instead of at night; it goes on in the background.',
  }),
}

export const legalHoldRoutes = {
  list: orrery({
    name: 'legalHolds.list',
    method: 'GET',
    path: 'legal-holds',
    needs: 'audit.read',
    takes: message({ lifted: maybe(flag('Those too.')) }),
    gives: message({ holds: list(LegalHold) }),
    summary: 'Lists legal holds, newest first.',
  }),
  place: orrery({
    name: 'legalHolds.place',
    method: 'POST',
    path: 'legal-holds',
    needs: 'policy.manage',
    takes: message({ subject: text(), title: text(), ...Reason }),
    gives: message({ hold: LegalHold }),
    answers: 201,
    summary: 'Puts something under legal hold: it is not removed until the hold is lifted.',
  }),
  lift: orrery({
    name: 'legalHolds.lift',
    method: 'POST',
    path: 'legal-holds/{id}/lift',
    needs: 'policy.manage',
    takes: message({ id: text(), ...Reason }),
    gives: message({ hold: LegalHold }),
    summary: 'Lifts a legal hold; a reason must be given.',
  }),
}

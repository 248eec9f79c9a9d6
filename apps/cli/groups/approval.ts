import { command, group } from '../command.ts'
import { CliError } from '../exit-codes.ts'
import { collect } from '../pages.ts'
import { VERSION, versionOf } from './find-version.ts'

const HOUR_MS = 3_600_000
const ONE = { id: { says: 'Its id.' } } as const
const REASON = { value: 'text', says: 'Why, for the audit log.' } as const
const KIND = {
  value: 'text',
  choices: ['alias', 'stage'],
  required: true,
  says: 'What is protected.',
} as const

const COLUMNS = [
  { title: 'Id', path: 'id' },
  { title: 'Model', path: 'name' },
  { title: 'Version', path: 'version' },
  { title: 'To', path: 'value' },
  { title: 'State', path: 'state' },
  { title: 'By', path: 'requested_by' },
  { title: 'Asked', path: 'requested_timestamp', as: 'time' },
  { title: 'Decided by', path: 'decided_by' },
] as const

const REQUESTED = {
  ...KIND,
  choices: ['alias', 'stage', 'delete-alias'],
  says: 'What is protected, or that the alias shall go.',
} as const

const list = command({
  name: 'list',
  summary: 'Lists requests, newest first, of models that you may read.',
  options: {
    state: {
      value: 'text',
      choices: ['open', 'approved', 'rejected', 'withdrawn', 'expired'],
      says: 'Only those.',
    },
    model: { value: 'text', says: 'Of one model.' },
    mine: { says: 'Those that you may decide.' },
    'max-results': { value: 'number', says: '100 if not given.' },
  },
  examples: [{ line: 'approval list --state open --mine', says: 'What waits for you.' }],
  rows: '@',
  columns: COLUMNS,
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = {
      state: given.state as 'open' | undefined,
      name: given.model,
      ...(given.mine ? { mine: true } : {}),
    }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 1_000 },
      async (limit, page_token) => {
        const page = await client.approvals.list({ ...wanted, limit, page_token }, { signal })
        return { items: page.requests, next: page.next_page_token }
      },
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a request.',
  args: ONE,
  examples: [{ line: 'approval show 7f3a --query state -o tsv', says: 'Has it been decided?' }],
  async run({ orrery, signal }, { id }) {
    return (await (await orrery()).approvals.get({ id }, { signal })).request
  },
})

const request = command({
  name: 'request',
  summary: 'Asks for a change that another person must approve.',
  args: {
    version: { says: `${VERSION} Of delete-alias the model: \`fraud\`.` },
    value: { says: 'The alias or stage it shall have, or lose.' },
  },
  options: {
    kind: REQUESTED,
    'archive-existing': { says: 'Archives the others of that stage.' },
    reason: REASON,
  },
  examples: [
    {
      line: 'approval request fraud/3 champion --kind alias --reason "AUC 0.94" --query id -o tsv',
      says: 'Prints its id.',
    },
    {
      line: 'approval request fraud champion --kind delete-alias --reason "Retired"',
      says: 'That it shall be deleted.',
    },
  ],
  async run(context, given) {
    const isRemoval = given.kind === 'delete-alias'
    const asked = {
      ...(isRemoval ? { name: modelOf(given.version) } : await versionOf(context, given.version)),
      kind: given.kind as 'alias',
      value: given.value,
      ...(given['archive-existing'] ? { archive_existing: true } : {}),
      ...(given.reason === undefined ? {} : { reason: given.reason }),
    }
    return (await (await context.orrery()).approvals.request(asked, { signal: context.signal })).request
  },
})

/** The model alone: which version has the alias that is to go, the server knows. */
function modelOf(text: string): string {
  const name = text.replace(/^models:\//, '')
  if (!/[/@]/.test(name)) return name
  throw new CliError('USAGE', `'${text}' names a version.`, 'To delete an alias, name the model: `fraud`.')
}

const decide = (verb: 'approve' | 'reject' | 'withdraw', summary: string, says: string) =>
  command({
    name: verb,
    summary,
    args: ONE,
    options: { reason: REASON },
    examples: [{ line: `approval ${verb} 7f3a --reason "See the report"`, says }],
    async run({ orrery, signal }, { id, reason }) {
      const asked = reason === undefined ? { id } : { id, reason }
      return (await (await orrery()).approvals[verb](asked, { signal })).request
    },
  })

const policies = command({
  name: 'policies',
  summary: 'Lists which stages and aliases another person must approve.',
  examples: [{ line: 'approval policies', says: 'What is protected.' }],
  rows: '@',
  columns: [
    { title: 'Id', path: 'id' },
    { title: 'Models', path: 'models' },
    { title: 'Kind', path: 'kind' },
    { title: 'Value', path: 'value' },
    { title: 'Approvers', path: 'approvers' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).approvalPolicies.list({}, { signal })).policies
  },
})

const deciders = command({
  name: 'deciders',
  summary: 'Lists who may decide a request, or the requests under a policy.',
  args: { id: { says: 'A request; with --policy a policy.' } },
  options: { policy: { says: 'The id is a policy’s, as `orrery approval policies` shows it.' } },
  examples: [{ line: 'approval deciders 7f3a', says: 'Whom to ask.' }],
  rows: '@',
  columns: [{ title: 'Account', path: '@' }],
  async run({ orrery, say, signal }, { id, policy }) {
    const client = await orrery()
    const calls = policy ? client.approvalPolicies : client.approvals
    const found = await calls.deciders({ id }, { signal })
    if (found.hidden > 0) say(`And ${found.hidden} administrators who are no members of the workspace.`)
    return found.deciders
  },
})

const protect = command({
  name: 'protect',
  summary: 'Protects a stage or alias: from now on another person must approve.',
  args: {
    models: { says: 'A name, or with `*` at its end the beginning of names.' },
    value: { says: 'A stage, an alias, or `*`.' },
  },
  options: {
    kind: KIND,
    approver: {
      value: 'list',
      says: '`users/alice`, `groups/risk` or `roles/owner`; whoever may decide if none.',
    },
    hours: { value: 'number', says: 'How long a request waits, 1 to 2,160; 168 if not given.' },
    reason: REASON,
  },
  examples: [
    { line: `approval protect 'fraud*' champion --kind alias --approver groups/risk`, says: 'Four eyes.' },
  ],
  async run({ orrery, signal }, given) {
    const asked = {
      models: given.models,
      kind: given.kind as 'alias',
      value: given.value,
      ...(given.approver.length === 0 ? {} : { approvers: [...given.approver] }),
      ...(given.hours === undefined ? {} : { expires_ms: Math.round(given.hours * HOUR_MS) }),
      ...(given.reason === undefined ? {} : { reason: given.reason }),
    }
    return (await (await orrery()).approvalPolicies.create(asked, { signal })).policy
  },
})

const unprotect = command({
  name: 'unprotect',
  summary: 'Lifts a protection; open requests under it end.',
  args: { policy: { says: 'Its id, as `orrery approval policies` shows it.' } },
  options: { reason: REASON },
  examples: [{ line: 'approval unprotect 7f3a --reason "Retired"', says: 'Asks first.' }],
  destroys: true,
  async run({ orrery, confirm, say, signal }, { policy, reason }) {
    await confirm(`Lift the protection ${policy}? Open requests under it end.`)
    const asked = reason === undefined ? { id: policy } : { id: policy, reason }
    await (await orrery()).approvalPolicies.delete(asked, { signal })
    say(`Lifted ${policy}.`)
  },
})

const reasons = command({
  name: 'reasons',
  summary: 'Lists for which changes a reason must be given.',
  examples: [{ line: 'approval reasons', says: 'What --reason is needed for.' }],
  rows: '@',
  columns: [
    { title: 'Change', path: 'change' },
    { title: 'Demand', path: 'demand' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).reasonPolicies.list({}, { signal })).policies
  },
})

const requireReason = command({
  name: 'require-reason',
  summary: 'Says whether a change needs a reason.',
  args: { change: { says: 'stage, alias, deletion or traffic.' } },
  options: {
    demand: {
      value: 'text',
      required: true,
      choices: ['none', 'where-possible', 'always'],
      says: 'where-possible: MLflow’s own calls may go without.',
    },
    reason: REASON,
  },
  examples: [
    { line: 'approval require-reason deletion --demand where-possible', says: 'For the audit log.' },
  ],
  async run({ orrery, signal }, { change, demand, reason }) {
    const asked = {
      change: change as 'stage',
      demand: demand as 'none',
      ...(reason === undefined ? {} : { reason }),
    }
    return (await (await orrery()).reasonPolicies.set(asked, { signal })).policy
  },
})

export const approval = group('approval', [
  list,
  show,
  request,
  decide(
    'approve',
    'Approves, as another person than who asked; the change is made at once.',
    'It is made now.',
  ),
  decide('reject', 'Rejects; a reason must be given.', 'It is not made.'),
  decide('withdraw', 'Takes your own request back.', 'It is not made.'),
  deciders,
  policies,
  protect,
  unprotect,
  reasons,
  requireReason,
])

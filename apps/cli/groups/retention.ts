import { command, group } from '../command.ts'

const REASON = { value: 'text', says: 'Why, for the audit log.' } as const
const WHAT = 'deleted-runs, deleted-experiments, deleted-logged-models, deleted-artifacts or audit.'
const ONE = { what: { says: WHAT } } as const
const OPTIONAL = { what: { says: `${WHAT} All of them if not given.`, optional: true } } as const

const reasonOf = (reason: string | undefined) => (reason === undefined ? {} : { reason })

const list = command({
  name: 'list',
  summary: 'Lists after how long what is removed for good.',
  examples: [{ line: 'retention list', says: 'The rules of the workspace.' }],
  rows: '@',
  columns: [
    { title: 'What', path: 'what' },
    { title: 'After days', path: 'after_days' },
    { title: 'Last run', path: 'last_run_timestamp', as: 'time' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).retention.list({}, { signal })).rules
  },
})

const setRule = command({
  name: 'set',
  summary: 'Sets a rule; it holds from its next run.',
  args: ONE,
  options: { days: { value: 'number', required: true, says: '1 to 36,500.' }, reason: REASON },
  examples: [{ line: 'retention set deleted-runs --days 30', says: 'A month to bring one back.' }],
  async run({ orrery, signal }, { what, days, reason }) {
    const asked = { what, after_days: days, ...reasonOf(reason) }
    return (await (await orrery()).retention.set(asked, { signal })).rule
  },
})

const lift = command({
  name: 'lift',
  summary: 'Lifts a rule: nothing of it is removed any more.',
  args: ONE,
  options: { reason: REASON },
  examples: [{ line: 'retention lift audit', says: 'The log is kept for ever.' }],
  async run({ orrery, say, signal }, { what, reason }) {
    await (await orrery()).retention.lift({ what, ...reasonOf(reason) }, { signal })
    say(`Nothing of ${what} is removed any more.`)
  },
})

const dryRun = command({
  name: 'dry-run',
  summary: 'Counts what a run would remove now, and removes nothing.',
  args: OPTIONAL,
  options: { days: { value: 'number', says: 'Instead of the rule’s.' } },
  examples: [{ line: 'retention dry-run deleted-runs --days 7', says: 'Before the rule is made stricter.' }],
  rows: '@',
  columns: [
    { title: 'What', path: 'what' },
    { title: 'Things', path: 'things' },
    { title: 'Size', path: 'bytes', as: 'bytes' },
    { title: 'Held', path: 'held' },
  ],
  async run({ orrery, signal }, { what, days }) {
    return (await (await orrery()).retention.dryRun({ what, after_days: days }, { signal })).counted
  },
})

const runNow = command({
  name: 'run',
  summary: 'Runs the rules now instead of at night; it goes on in the background.',
  args: OPTIONAL,
  options: { reason: REASON },
  examples: [{ line: 'retention run', says: 'Asks first: what is removed is gone.' }],
  destroys: true,
  async run({ orrery, confirm, signal }, { what, reason }) {
    await confirm(`Remove for good what the rules ${what === undefined ? '' : `for ${what} `}say?`)
    return (await orrery()).retention.run({ what, ...reasonOf(reason) }, { signal })
  },
})

const holds = command({
  name: 'holds',
  summary: 'Lists legal holds, newest first.',
  options: { lifted: { says: 'Those too.' } },
  examples: [{ line: 'retention holds', says: 'What may not be removed.' }],
  rows: '@',
  columns: [
    { title: 'Id', path: 'id' },
    { title: 'Subject', path: 'subject' },
    { title: 'Title', path: 'title' },
    { title: 'By', path: 'placed_by' },
    { title: 'Placed', path: 'placed_timestamp', as: 'time' },
    { title: 'Lifted', path: 'lifted_timestamp', as: 'time' },
  ],
  async run({ orrery, signal }, { lifted }) {
    return (await (await orrery()).legalHolds.list(lifted ? { lifted } : {}, { signal })).holds
  },
})

const hold = command({
  name: 'hold',
  summary: 'Puts something under legal hold: it is not removed until the hold is lifted.',
  args: {
    subject: { says: 'With all below it: `models/fraud`, `experiments/12`; `""` for the whole workspace.' },
  },
  options: { title: { value: 'text', required: true, says: 'What it is called.' }, reason: REASON },
  examples: [
    { line: 'retention hold models/fraud --title "Case 17" --reason "Letter of 3 May"', says: 'It stays.' },
  ],
  async run({ orrery, signal }, { subject, title, reason }) {
    return (await (await orrery()).legalHolds.place({ subject, title, ...reasonOf(reason) }, { signal })).hold
  },
})

const release = command({
  name: 'release',
  summary: 'Lifts a legal hold; a reason must be given.',
  args: { id: { says: 'Its id.' } },
  options: { reason: { value: 'text', required: true, says: 'Why, for the audit log.' } },
  examples: [{ line: 'retention release 7f3a --reason "Case closed"', says: 'Rules reach it again.' }],
  async run({ orrery, signal }, { id, reason }) {
    return (await (await orrery()).legalHolds.lift({ id, reason }, { signal })).hold
  },
})

export const retention = group('retention', [list, setRule, lift, dryRun, runNow, holds, hold, release])

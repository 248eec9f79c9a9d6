import { command, group } from '../command.ts'
import { collect } from '../pages.ts'

const ONE = { id: { says: 'Its id.' } } as const

const list = command({
  name: 'list',
  summary: 'Lists subscriptions, newest first.',
  examples: [
    { line: "subscription list --query '[?dead>`0`].id' -o tsv", says: 'Those that gave events up.' },
  ],
  rows: '@',
  columns: [
    { title: 'Id', path: 'id' },
    { title: 'Name', path: 'name' },
    { title: 'Shape', path: 'shape' },
    { title: 'To', path: 'url' },
    { title: 'Status', path: 'status' },
    { title: 'Waiting', path: 'waiting' },
    { title: 'Dead', path: 'dead' },
  ],
  async run(context) {
    const { orrery, signal } = context
    const client = await orrery()
    return collect(context, { most: Number.MAX_SAFE_INTEGER, perPage: 1_000 }, async (limit, page_token) => {
      const page = await client.subscriptions.list({ limit, page_token }, { signal })
      return { items: page.subscriptions, next: page.next_page_token }
    })
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a subscription.',
  args: ONE,
  examples: [{ line: 'subscription show 7f3a --query filter -o yaml', says: 'What it is sent.' }],
  async run({ orrery, signal }, { id }) {
    return (await (await orrery()).subscriptions.get({ id }, { signal })).subscription
  },
})

const create = command({
  name: 'create',
  summary: 'Makes a subscription: sends events to a webhook, a channel or e-mail addresses.',
  args: { name: { says: 'Its name.' } },
  options: {
    to: { value: 'text', shown: 'URL', says: 'The address of a webhook or channel.' },
    shape: {
      value: 'text',
      choices: [
        'cloudevents',
        'cloudevents-binary',
        'cloudevents-batch',
        'event-grid',
        'slack',
        'teams',
        'email',
        'mlflow',
      ],
      says: 'How events are written; cloudevents if not given.',
    },
    type: { value: 'list', short: 't', says: 'A type of the catalogue, or `noun.*`; may be repeated.' },
    'secret-stdin': { says: 'Reads the secret that signs what is sent from stdin.' },
  },
  examples: [
    {
      line: 'subscription create ci --to https://ci.example.org/hook -t version.created',
      says: 'Of each new version.',
    },
    { line: 'subscription create ci -f subscription.yml', says: 'With a filter of a file.' },
  ],
  takesFile: true,
  async run(context, given) {
    const { orrery, message, signal } = context
    const told = await message('subscriptions.create')
    const asked = {
      ...told,
      name: given.name,
      ...(given.to === undefined ? {} : { url: given.to }),
      ...(given.shape === undefined ? {} : { shape: given.shape as 'cloudevents' }),
      ...(given.type.length === 0 ? {} : { filter: { ...told.filter, types: [...given.type] } }),
      ...(given['secret-stdin'] ? { secret: await context.readSecret() } : {}),
    }
    return (await (await orrery()).subscriptions.create(asked, { signal })).subscription
  },
})

const update = command({
  name: 'update',
  summary: 'Changes a subscription; what is left out stays.',
  args: ONE,
  options: { status: { value: 'text', choices: ['active', 'disabled'], says: 'Whether anything is sent.' } },
  examples: [{ line: 'subscription update 7f3a --status disabled', says: 'For a while.' }],
  takesFile: true,
  async run({ orrery, message, signal }, { id, status }) {
    const asked = {
      ...(await message('subscriptions.update')),
      id,
      ...(status === undefined ? {} : { status: status as 'active' }),
    }
    return (await (await orrery()).subscriptions.update(asked, { signal })).subscription
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes a subscription with its deliveries.',
  args: ONE,
  examples: [{ line: 'subscription delete 7f3a', says: 'Asks first.' }],
  destroys: true,
  async run({ orrery, confirm, say, signal }, { id }) {
    await confirm(`Delete the subscription ${id} with its deliveries?`)
    await (await orrery()).subscriptions.delete({ id }, { signal })
    say(`Deleted ${id}.`)
  },
})

const test = command({
  name: 'test',
  summary: 'Sends an example and tells what came of it; ends with 10 if it was not taken.',
  args: ONE,
  options: {
    type: { value: 'text', short: 't', says: 'Of the catalogue; the first of its filter if not given.' },
  },
  examples: [{ line: 'subscription test 7f3a', says: 'Is anybody there?' }],
  async run({ orrery, signal }, { id, type }) {
    const { Failed } = await import('../exit-codes.ts')
    const found = await (await orrery()).subscriptions.test({ id, type }, { signal })
    if (found.success) return found
    throw new Failed(`The example was not taken: ${found.error ?? `status ${found.status}`}.`, found)
  },
})

const deliveries = command({
  name: 'deliveries',
  summary: 'Lists deliveries, newest first.',
  args: ONE,
  options: {
    state: { value: 'text', choices: ['waiting', 'delivered', 'dead', 'replayed'], says: 'Only those.' },
    'max-results': { value: 'number', says: '100 if not given.' },
  },
  examples: [{ line: 'subscription deliveries 7f3a --state dead', says: 'What was given up, and why.' }],
  rows: '@',
  columns: [
    { title: 'Id', path: 'id' },
    { title: 'Type', path: 'type' },
    { title: 'Subject', path: 'subject' },
    { title: 'State', path: 'state' },
    { title: 'Attempts', path: 'attempts' },
    { title: 'Last', path: 'last_timestamp', as: 'time' },
    { title: 'Error', path: 'error' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = { id: given.id, state: given.state as 'dead' | undefined }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 1_000 },
      async (limit, page_token) => {
        const page = await client.subscriptions.listDeliveries({ ...wanted, limit, page_token }, { signal })
        return { items: page.deliveries, next: page.next_page_token }
      },
    )
  },
})

const replay = command({
  name: 'replay',
  summary: 'Sends events again, marked as a replay: named deliveries, or all that were given up.',
  args: {
    ...ONE,
    deliveries: { says: 'Ids of deliveries; all dead ones if none is given.', many: true, optional: true },
  },
  examples: [{ line: 'subscription replay 7f3a', says: 'All that were given up.' }],
  async run({ orrery, signal }, { id, deliveries: named }) {
    const ids = ((named ?? []) as readonly string[]).map(Number)
    const asked = ids.length === 0 ? { id, dead: true } : { id, deliveries: ids }
    return (await orrery()).subscriptions.replay(asked, { signal })
  },
})

export const subscription = group('subscription', [
  list,
  show,
  create,
  update,
  remove,
  test,
  deliveries,
  replay,
])

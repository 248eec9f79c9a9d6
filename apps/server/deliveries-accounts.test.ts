import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openReceiver } from '../../packages/drivers/egress/testing/receiver.ts'
import { basic, serveAccounts } from './http/testing/serve-accounts.ts'
import { MIGRATIONS } from './migrations.ts'

const own = (path: string) => `/api/orrery/v1/${path}`
const typesOf = (received: readonly { readonly body: string }[]) =>
  received.map(({ body }) => `${JSON.parse(body).type} ${JSON.parse(body).data.after?.name ?? ''}`)

eachEngine('deliveries by accounts', MIGRATIONS, (open) => {
  test('an owner hears what they may see, and nothing once they are disabled', async () => {
    await using db = await open()
    await using receiver = await openReceiver()
    await using server = await serveAccounts(db, { egressAllow: ['127.0.0.1'] })
    const { done, call } = server
    await server.makeUser('alice')
    await server.assign('default', 'contributor', 'alice')
    const alice = basic('alice')
    const filter = { types: ['experiment.created', 'experiment.renamed'] }
    const { subscription } = await done(
      'POST',
      own('subscriptions'),
      { name: 'hook', url: receiver.url, filter },
      alice,
    )
    const create = (name: string) => done('POST', 'experiments/create', { name })
    await create('one')
    await receiver.count(1)
    // An experiment that is kept from her from now on.
    const { experiment_id: hidden } = await create('two')
    await receiver.count(2)
    const right = { kind: 'experiment', pattern: hidden, level: 'READ', effect: 'deny' }
    await done('PUT', own('grants'), { principal: 'alice', ...right })
    await done('POST', 'experiments/update', { experiment_id: hidden, new_name: 'hidden' })
    await create('three')
    await receiver.count(3)
    await done('PATCH', own('principals/user/alice'), { disabled: true })
    await create('four')
    await server.settle()
    let stopped = ''
    while (stopped === '') {
      const { body } = await call('GET', own(`subscriptions/${subscription.id}`), basic('root'))
      if (body.subscription.status === 'stopped') stopped = body.subscription.status_reason
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.match(stopped, /gone or disabled/)
    assert.deepEqual(typesOf(receiver.received), [
      'orrery.experiment.created one',
      'orrery.experiment.created two',
      'orrery.experiment.created three',
    ])
  })
})

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { EVENT_TYPES } from '@orrery/base/contract'
import type { Reads } from '@orrery/drivers/db'
import type { LoggedEvent } from '../log.ts'
import { exampleEvent } from '../subscriptions/example-event.ts'
import { someone } from '../testing/open-log.ts'
import { slackPost, teamsPost } from './chat-posts.ts'
import { batchPost, binaryPost, structuredPost } from './cloud-event-posts.ts'
import { eventGridPost } from './event-grid.ts'
import { mailOf } from './mail.ts'
import type { Post, Sending } from './post.ts'
import { sentenceOf } from './sentence.ts'

const CALLER = someone(3, { workspace: { key: 3, name: 'vision' } })
const NASTY = 'a <!channel> & <b>*x*</b> @here\r\nBcc: eve@example.org \u2028 [x](https://evil.example) "q"'

function sendingOf(type: string, more: Partial<LoggedEvent> = {}, rest: Partial<Sending> = {}): Sending {
  return {
    event: { ...exampleEvent(type, CALLER, { id: 'e1', at: 1_795_294_800_123 }), position: 4711, ...more },
    origin: { publicUrl: 'https://ml.example.org', workspace: 'vision' },
    subscriptionId: 's1',
    subscriptionName: 'deploy',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    attempt: 2,
    replay: 0,
    isTest: false,
    now: 1_795_294_900_000,
    ...rest,
  }
}

const textOf = ({ body }: Post) => Buffer.from(body).toString()
const jsonOf = (post: Post) => JSON.parse(textOf(post))

describe('signatures', () => {
  test('are those of Standard Webhooks, over id, time and body', () => {
    const post = structuredPost(sendingOf('stage.changed'))
    assert.equal(post.headers['webhook-id'], 'e1.s1')
    assert.equal(post.headers['webhook-timestamp'], '1795294900')
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
    const signed = createHmac('sha256', key)
      .update(`e1.s1.1795294900.${textOf(post)}`)
      .digest('base64')
    assert.equal(post.headers['webhook-signature'], `v1,${signed}`)
    assert.equal(post.headers['x-orrery-attempt'], '2')
  })

  test('a secret that is no key of Standard Webhooks is text', () => {
    const post = structuredPost(sendingOf('stage.changed', {}, { secret: 'sixteen letters!' }))
    const signed = createHmac('sha256', 'sixteen letters!').update(`e1.s1.1795294900.${textOf(post)}`)
    assert.equal(post.headers['webhook-signature'], `v1,${signed.digest('base64')}`)
  })

  test('without a secret nothing is signed; replays and tests are marked', () => {
    const post = structuredPost(
      sendingOf('stage.changed', {}, { secret: undefined, replay: 3, isTest: true }),
    )
    assert.equal(post.headers['webhook-signature'], undefined)
    assert.equal(post.headers['x-orrery-replay'], '3')
    assert.equal(post.headers['x-orrery-test'], 'true')
  })

  test('no post holds the secret, the address or the credential', () => {
    const sending = sendingOf('stage.changed', { address: '192.0.2.7', credential: 'personal:17' })
    for (const post of [
      structuredPost(sending),
      binaryPost(sending),
      batchPost([sending]),
      slackPost(sending),
    ]) {
      const all = JSON.stringify(post.headers) + textOf(post)
      for (const hidden of [sending.secret!, '192.0.2.7', 'personal:17']) assert.ok(!all.includes(hidden))
    }
  })
})

describe('CloudEvents', () => {
  test('binary has attributes as headers, of which none breaks its line', () => {
    const subject = 'runs/ab/artifacts/grün "a" 100%\r\nX: y'
    const { headers, body } = binaryPost(sendingOf('artifact.written', { subject }))
    assert.equal(headers['ce-type'], 'orrery.artifact.written')
    assert.equal(headers['ce-source'], 'https://ml.example.org/workspaces/vision')
    assert.equal(headers['ce-subject'], 'runs/ab/artifacts/gr%C3%BCn%20%22a%22%20100%25%0D%0AX:%20y')
    assert.equal(decodeURIComponent(headers['ce-subject']!), subject)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(jsonOf({ headers, body }).workspace, 'vision')
  })

  test('a list has each event as it would stand alone', () => {
    const [one, two] = [sendingOf('run.created'), sendingOf('run.completed', { id: 'e2' }, { attempt: 5 })]
    const post = batchPost([one, two])
    assert.deepEqual(jsonOf(post), [jsonOf(structuredPost(one)), jsonOf(structuredPost(two))])
    assert.equal(post.headers['content-type'], 'application/cloudevents-batch+json; charset=utf-8')
    assert.equal(post.headers['x-orrery-attempt'], '5')
  })
})

describe('Event Grid', () => {
  const grid = async (sending: Sending) => {
    const post = await eventGridPost(
      {} as Reads,
      async () => ({ experimentId: '12', experimentName: 'churn', status: 'FINISHED', tags: { a: 'b' } }),
      sending,
    )
    const list = jsonOf(post)
    assert.equal(list.length, 1)
    return list[0]
  }

  test('a registered version has Azure’s name, subject and data', async () => {
    assert.deepEqual(await grid(sendingOf('version.created')), {
      topic: 'https://ml.example.org/workspaces/vision',
      eventType: 'Microsoft.MachineLearningServices.ModelRegistered',
      subject: 'models/fraud:3',
      data: { modelName: 'fraud', modelVersion: '3', modelTags: {}, modelProperties: {} },
      eventTime: new Date(1_795_294_800_123).toISOString(),
      id: 'e1',
      dataVersion: '',
      metadataVersion: '1',
    })
  })

  const runs: [type: string, more: Partial<LoggedEvent>, eventType: string, status: string | undefined][] = [
    ['run.completed', {}, 'RunCompleted', undefined],
    ['run.created', {}, 'RunStatusChanged', 'Running'],
    ['run.failed', {}, 'RunStatusChanged', 'Failed'],
    ['run.killed', {}, 'RunStatusChanged', 'Canceled'],
    [
      'run.updated',
      { before: { status: 'SCHEDULED' }, after: { status: 'RUNNING' } },
      'RunStatusChanged',
      'Running',
    ],
  ]
  for (const [type, more, eventType, status] of runs) {
    test(`${type} is ${eventType}`, async () => {
      const told = await grid(sendingOf(type, { subject: 'runs/r1', ...more }))
      assert.equal(told.eventType, `Microsoft.MachineLearningServices.${eventType}`)
      assert.equal(told.subject, 'experiments/12/runs/r1')
      assert.equal(told.data.experimentName, 'churn')
      assert.deepEqual(told.data.runTags, { a: 'b' })
      assert.equal(told.data.runStatus, status)
    })
  }

  test('everything else keeps our type', async () => {
    const renamed = { before: { status: 'RUNNING', name: 'a' }, after: { status: 'RUNNING', name: 'b' } }
    assert.equal((await grid(sendingOf('run.updated', renamed))).eventType, 'orrery.run.updated')
    const told = await grid(sendingOf('stage.changed'))
    assert.equal(told.eventType, 'orrery.stage.changed')
    assert.deepEqual(told.data.after, { stage: 'Production', archived: [2] })
    const prompt = await grid(
      sendingOf('version.created', { after: { kind: 'prompt', name: 'p', version: 1 } }),
    )
    assert.equal(prompt.eventType, 'orrery.version.created')
  })
})

describe('messages for people', () => {
  test('every type of the catalogue has a sentence, without braces and gaps', () => {
    for (const type of EVENT_TYPES) {
      const sentence = sentenceOf(exampleEvent(type, CALLER, { id: 'e', at: 0 }))
      assert.doesNotMatch(sentence, /[{}]|undefined|null|\[object|–/, `${type}: ${sentence}`)
      assert.match(sentence, /\.$/)
    }
  })

  test('they say who did what to which thing', () => {
    const told = (type: string, more: Partial<LoggedEvent> = {}) => sentenceOf(sendingOf(type, more).event)
    assert.equal(told('stage.changed'), 'alice moved version 3 of fraud from Staging to Production.')
    assert.equal(told('run.completed'), 'The run bold-ant-7 of alice ended well.')
    assert.equal(told('alias.set'), 'alice pointed the alias champion of the model fraud at version 3.')
    assert.equal(
      told('run.killed', { actor: 'system:server' }),
      'The run bold-ant-7 was killed by the server.',
    )
  })

  test('Slack reads no markup in them, and calls nobody', () => {
    const post = slackPost(sendingOf('experiment.created', { after: { name: NASTY }, reason: NASTY }))
    const message = jsonOf(post)
    assert.doesNotMatch(message.text, /<|>/)
    assert.match(message.text, /&lt;!channel&gt; &amp; /)
    assert.equal(message.mrkdwn, false)
    assert.equal(message.link_names, false)
    assert.equal(message.blocks[0].text.type, 'plain_text')
    const link = message.blocks[1].elements[1].text
    assert.match(link, /^<https:\/\/ml\.example\.org\/workspaces\/vision\/[^<>|]*\|Details>$/)
    assert.equal(post.headers['webhook-signature'], undefined)
  })

  test('Teams gets a card whose texts have no markup', () => {
    const message = jsonOf(teamsPost(sendingOf('experiment.created', { after: { name: NASTY } })))
    const [attachment] = message.attachments
    assert.equal(attachment.contentType, 'application/vnd.microsoft.card.adaptive')
    const [block] = attachment.content.body
    assert.equal(block.type, 'RichTextBlock')
    assert.ok(block.inlines[0].text.includes(NASTY))
    assert.ok(!JSON.stringify(message).includes('"type":"TextBlock"'))
    assert.match(attachment.content.actions[0].url, /^https:\/\/ml\.example\.org\//)
  })

  test('mail has one line as its subject, an id that stays, and HTML in which nothing is markup', () => {
    const sending = sendingOf('experiment.created', { after: { name: NASTY } })
    const mail = mailOf(sending, ['a@b.example'])
    assert.doesNotMatch(mail.subject, /[\r\n\u2028]/)
    assert.ok(mail.subject.startsWith('[vision] alice made the experiment a'))
    assert.ok(mail.subject.length <= 150)
    assert.ok(!mail.html!.includes('<!channel>') && !mail.html!.includes('<b>'))
    assert.equal(mail.messageId, 'e1.s1@ml.example.org')
    assert.equal(mailOf({ ...sending, attempt: 9, now: 1 }, []).messageId, mail.messageId)
    assert.notEqual(mailOf({ ...sending, replay: 1 }, []).messageId, mail.messageId)
  })

  test('a long one is cut', () => {
    const post = slackPost(sendingOf('experiment.created', { after: { name: '🐜'.repeat(5_000) } }))
    const { text } = jsonOf(post).blocks[0].text
    assert.ok(text.length <= 1_000 && text.isWellFormed())
  })
})

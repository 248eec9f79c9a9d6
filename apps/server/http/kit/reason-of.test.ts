import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fields, mlflow, orrery, raw } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { maybe, message, nothing, text } = fields
const told = { method: 'POST', needs: 'run.read', gives: nothing, summary: '' } as const
const Reason = { reason: maybe(text()) }
const routes = {
  theirs: mlflow({ ...told, name: 'test.theirs', path: 'theirs', takes: nothing }),
  bytes: raw({ ...told, name: 'test.bytes', path: '/api/2.0/mlflow-artifacts/x', takes: nothing }),
  ours: orrery({ ...told, name: 'test.ours', path: 'ours', takes: message(Reason) }),
  stream: raw({ ...told, name: 'test.stream', path: '/api/orrery/v1/stream', takes: message(Reason) }),
  silent: orrery({ ...told, name: 'test.silent', path: 'silent', takes: nothing }),
}

let app: FastifyInstance
let heard: Pick<Caller, 'reason' | 'speaks'> | undefined
before(() => {
  const hear = (caller: Caller) => {
    heard = {
      ...(caller.reason && { reason: caller.reason }),
      ...(caller.speaks && { speaks: caller.speaks }),
    }
    return {}
  }
  const hearRaw = (caller: Caller) => ({ status: 200, body: JSON.stringify(hear(caller)) })
  app = makeHttp(bind(routes, { theirs: hear, bytes: hearRaw, ours: hear, stream: hearRaw, silent: hear }), {
    basePath: '',
    trustProxy: false,
    slowBodies: makeSlowBodies(Date.now),
    observe: () => {},
    log: pino({ level: 'silent' }),
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    findCaller: ({ requestId, reason }) => ({
      workspace: { key: 1, name: 'default' },
      principal: { kind: 'user', name: 'x' },
      requestId,
      address: '',
      ...(reason === undefined ? {} : { reason }),
      may: () => true,
      readable: () => ({ kind: 'all' }),
    }),
  })
})
after(() => app.close())

async function ask(url: string, body: object, header?: string) {
  heard = undefined
  const answer = await app.inject({
    method: 'POST',
    url,
    headers: {
      host: 'localhost',
      'content-type': 'application/json',
      ...(header === undefined ? {} : { 'x-orrery-reason': header }),
    },
    payload: JSON.stringify(body),
  })
  return { status: answer.statusCode, text: answer.body, heard }
}

const V1 = '/api/orrery/v1'
const utf8 = (value: string) => Buffer.from(value).toString('latin1')

const rows: { url: string; body?: object; header?: string; hears?: object; says?: RegExp }[] = [
  { url: '/api/2.0/mlflow/theirs', hears: { speaks: 'mlflow' } },
  { url: '/ajax-api/2.0/mlflow/theirs', hears: { speaks: 'mlflow' } },
  { url: '/api/2.0/mlflow-artifacts/x', hears: { speaks: 'mlflow' } },
  {
    url: '/api/2.0/mlflow/theirs',
    header: 'It is time.',
    hears: { speaks: 'mlflow', reason: 'It is time.' },
  },
  { url: '/api/2.0/mlflow/theirs', body: { reason: 'Not a field.' }, hears: { speaks: 'mlflow' } },
  { url: `${V1}/silent`, header: '  It is time. ', hears: { reason: 'It is time.' } },
  { url: `${V1}/silent`, header: utf8('Prüfung bestanden'), hears: { reason: 'Prüfung bestanden' } },
  { url: `${V1}/silent`, header: 'Pr\u00fcfung', hears: { reason: 'Prüfung' } },
  { url: `${V1}/silent`, header: '', hears: {} },
  { url: `${V1}/silent`, header: 'ok', says: /3 to 1,000 characters; the header X-Orrery-Reason has 2/ },
  { url: `${V1}/silent`, header: utf8('a \u202e b'), says: /no control characters/ },
  { url: `${V1}/silent`, header: 'x'.repeat(1_001), says: /has 1001/ },
  { url: `${V1}/ours`, body: { reason: ' It is time. ' }, hears: { reason: 'It is time.' } },
  { url: `${V1}/ours`, body: { reason: '' }, header: 'It is time.', hears: { reason: 'It is time.' } },
  { url: `${V1}/ours`, body: { reason: 'Both.' }, header: 'Both.', hears: { reason: 'Both.' } },
  {
    url: `${V1}/ours`,
    body: { reason: 'One.' },
    header: 'Two.',
    says: /'reason' and the header X-Orrery-Reason say/,
  },
  { url: `${V1}/ours`, body: { reason: 'a\nb' }, says: /no control characters or line breaks \('reason'\)/ },
  { url: `${V1}/stream?reason=It+is+time.`, hears: { reason: 'It is time.' } },
]
for (const { url, body = {}, header, hears, says } of rows) {
  const given = JSON.stringify({ ...body, ...(header === undefined ? {} : { header: header.slice(0, 40) }) })
  test(`${url} with ${given} ${says === undefined ? `hears ${JSON.stringify(hears)}` : `is refused: ${says}`}`, async () => {
    const answer = await ask(url, body, header)
    if (says === undefined) assert.deepEqual([answer.heard, answer.status], [hears, 200], answer.text)
    else {
      assert.equal(answer.status, 400)
      assert.match(answer.text, says)
      assert.equal(answer.heard, undefined)
    }
  })
}

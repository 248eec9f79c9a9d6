import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, bearer, type Headers, serveAccounts } from '../testing/serve-accounts.ts'

const VISION = '/workspaces/vision'
const v2 = (path: string) => `${VISION}/api/2.0/mlflow/${path}`
const own = (path: string) => `${VISION}/api/orrery/v1/${path}`
const WEEK_SECONDS = 604_800

eachEngine('signed addresses of accounts', MIGRATIONS, (open) => {
  /** `ann` in `vision`, with a run that has a file; what she signs is used by nobody in particular. */
  async function openSigning(db: Parameters<typeof serveAccounts>[0]) {
    const server = await serveAccounts(db)
    await server.makeWorkspace('vision')
    await server.makeUser('ann')
    await server.assign('vision', 'data-scientist', 'ann')

    /** A run of whoever has the credential, and addresses to read and to write a file of it. */
    async function sign(headers: Headers) {
      const { run } = await server.done('POST', v2('runs/create'), { experiment_id: '0' }, headers)
      return signFor(run.info.run_id, headers)
    }
    async function signFor(runId: string, headers: Headers) {
      const asked = { run_id: runId, path: 'f.txt', expiration: WEEK_SECONDS }
      const put = await server.done('POST', v2('artifacts/presigned-upload-url'), asked, headers)
      const write = async (text: string) =>
        (await server.call('PUT', pathOf(put.presigned_url), {}, text)).status
      assert.equal(await write('v1'), 200)
      const get = await server.done('POST', v2('artifacts/presigned-download-url'), asked, headers)
      return {
        runId,
        write,
        read: () => server.call('GET', pathOf(get.presigned_url)),
        /** What is answered to both. */
        async statuses() {
          const read = await server.call('GET', pathOf(get.presigned_url))
          return [read.status, await write('v2')]
        },
      }
    }
    return { ...server, sign, signFor, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  test('act as whoever asked for them, as long as they may', async () => {
    await using db = await open()
    await using server = await openSigning(db)
    const signed = await server.sign(basic('ann'))
    assert.equal((await signed.read()).text, 'v1')
    const denial = { principal: 'ann', kind: 'experiment', pattern: '0', level: 'EDIT', effect: 'deny' }
    await server.done('PUT', own('grants'), denial)
    assert.deepEqual(await signed.statuses(), [200, 403])
    await server.done('PUT', own('grants'), { ...denial, level: 'READ' })
    assert.deepEqual(await signed.statuses(), [404, 404])
  })

  test('end with the role, with the account that is disabled, and with the one that is deleted', async () => {
    await using db = await open()
    await using server = await openSigning(db)
    const signed = await server.sign(basic('ann'))
    await server.done('DELETE', own('role-assignments/data-scientist/ann'))
    assert.deepEqual(await signed.statuses(), [403, 403])
    assert.match((await signed.read()).text, /has ended or lost its rights/)
    await server.assign('vision', 'data-scientist', 'ann')
    assert.deepEqual(await signed.statuses(), [200, 200])
    await server.done('PATCH', own('principals/user/ann'), { disabled: true })
    assert.deepEqual(await signed.statuses(), [403, 403])
    await server.done('PATCH', own('principals/user/ann'), { disabled: false })
    assert.deepEqual(await signed.statuses(), [200, 200])
    await server.done('DELETE', own('principals/user/ann'))
    assert.deepEqual(await signed.statuses(), [403, 403])
    // Somebody new under the name has nothing of it.
    await server.makeUser('ann')
    await server.assign('vision', 'owner', 'ann')
    assert.deepEqual(await signed.statuses(), [403, 403])
  })

  test('end with the token that asked for them', async () => {
    await using db = await open()
    await using server = await openSigning(db)
    const { token, details } = await server.done('POST', own('tokens'), { name: 't' }, basic('ann'))
    const signed = await server.sign(bearer(token))
    assert.deepEqual(await signed.statuses(), [200, 200])
    await server.done('DELETE', own(`tokens/${details.id}`), undefined, basic('ann'))
    assert.deepEqual(await signed.statuses(), [403, 403])
  })

  test('end with the hour of a tracking credential, save for its runs that are running', async () => {
    await using db = await open()
    await using server = await openSigning(db)
    const { token } = await server.done('POST', own('tracking-credentials'), {}, basic('ann'))
    const ofAnother = await server.sign(basic('ann'))
    const other = await server.signFor(ofAnother.runId, bearer(token))
    const mine = await server.sign(bearer(token))
    server.time.now += 3_600_000
    assert.deepEqual(await other.statuses(), [401, 401])
    assert.deepEqual(await mine.statuses(), [200, 200])
    assert.deepEqual(await ofAnother.statuses(), [200, 200])
    const ended = { run_id: mine.runId, status: 'FINISHED', end_time: server.time.now }
    await server.done('POST', v2('runs/update'), ended, basic('ann'))
    assert.deepEqual(await mine.statuses(), [401, 401])
  })
})

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

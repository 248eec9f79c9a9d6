import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Reply } from './client.ts'
import { isChosen } from './engines.ts'
import { Ledger } from './ledger.ts'
import { type Kind, startLoad } from './load.ts'
import { countOutcomes, createExperiment, createRuns, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { startServer } from './server.ts'
import { canMount, fillDisk, makeRoom, onSmallDisk, seenBy, WAIVER } from './small-disk.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

const DISK_MIB = 48
/** The last bytes are left to the load. */
const LEAVE_BYTES = 512 * 1024
const EVERY_KIND: readonly Kind[] = ['create', 'logBatch', 'logMetric', 'logParam', 'setTag', 'putFile']

test('SQLite on a full disk: writes are refused whole, reads go on, and writes resume when there is room', {
  skip: !isChosen('sqlite') || (process.env[WAIVER] === '1' && 'waived'),
}, async (t) => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  await mkdir(home)
  assert.ok(canMount(home), `no small disk can be mounted here; set ${WAIVER}=1 to leave this test out`)

  const seed = chooseSeed()
  const server = await startServer({ home, through: onSmallDisk(home, DISK_MIB) })
  const disk = seenBy(server.process.pid!, home)
  const experimentId = await createExperiment(server.url, 'on a small disk')
  const sharedRuns = await createRuns(server.url, experimentId, 2)
  const ledger = new Ledger(join(folder.path, 'ledger'))
  const refused = new Map<Kind, Reply>()
  const wrong: string[] = []
  const accepted = { count: 0 }
  const onAnswer = (kind: Kind, reply: Reply) => {
    if (reply.status === 507) refused.set(kind, reply)
    else if (reply.status >= 500 && !isHalfDone(kind, reply))
      wrong.push(`${kind}: ${reply.status} ${reply.body}`)
    else if (reply.status === 200) accepted.count++
  }
  const options = { ledger, random: makeRandom(seed), experimentId, sharedRuns, onAnswer }
  const load = startLoad(server.url, options)
  await until(() => accepted.count > 100)

  fillDisk(disk, LEAVE_BYTES)
  await until(() => EVERY_KIND.every((kind) => refused.has(kind)))
  await proveLedger(server.url, experimentId, await pausedEntries(load), `seed ${seed}; disk full`)

  makeRoom(disk)
  accepted.count = 0
  const second = startLoad(server.url, options)
  await until(() => accepted.count > 100)
  await second.stop()
  const entries = ledger.entries()
  t.diagnostic(`seed ${seed}; ${countOutcomes(entries)}`)
  mustHaveHappened(entries, EVERY_KIND, ['failed'])
  assert.deepEqual(wrong, [])
  for (const reply of refused.values()) {
    assert.equal(
      (JSON.parse(reply.body.toString()) as { error_code: string }).error_code,
      'RESOURCE_EXHAUSTED',
    )
  }
  await proveLedger(server.url, experimentId, entries, `seed ${seed}; after there was room`)
  assert.equal(await server.stop(), 0)

  /** The load must be still while it is read back. */
  async function pausedEntries(running: typeof load) {
    await running.stop()
    return ledger.entries()
  }
})

/** The bytes of a file that replaced another fitted, its row did not: the answer must not say "nothing was kept". */
function isHalfDone(kind: Kind, { status, body }: Reply): boolean {
  if (kind !== 'putFile' || status !== 503) return false
  const { error_code, message } = JSON.parse(body.toString()) as { error_code: string; message: string }
  return (
    error_code === 'TEMPORARILY_UNAVAILABLE' &&
    message.startsWith('The file was stored and could not be recorded')
  )
}

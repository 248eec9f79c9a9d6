/*
 * A process that writes events and delivers them, until it is killed. Argument: JSON with `folder` or `url` of the
 * database, whether it `emits`, and how much `quicker` its time goes than that of the world.
 *
 * Says the id of each event after its answer.
 */
import { type Problem, randomIds } from '@orrery/base/kernel'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { openEgress } from '@orrery/drivers/egress/undici'
import { makeEmit } from '../../emit.ts'
import { makeEventLog } from '../../log/event-log.ts'
import { makeSeal } from '../../seal.ts'
import { makeSequencer } from '../../sequencer/make-sequencer.ts'
import { someone } from '../../testing/open-log.ts'
import { makeDeliverer } from '../make-deliverer.ts'

const IN_FLIGHT = 1_000
const SUBJECTS = 60

const { folder, url, emits, quicker } = JSON.parse(process.argv[2]!)
const db = folder === undefined ? await openPostgres({ url }) : await openSqlite({ folder })
const clock = () => Date.now() * quicker
const log = makeEventLog({ db })
const fail = (error: unknown) => {
  console.error(error)
}
const sequencer = makeSequencer({ db, log, onFailure: fail })
await sequencer.start()
let id = ''
const ids = { hex32: () => (id = randomIds.hex32()) }
const emit = makeEmit({ clock, ids, sequencer })
const deliverer = makeDeliverer({
  db,
  log,
  emit,
  clock,
  ids: randomIds,
  signals: db.signals,
  egress: openEgress({ allow: ['127.0.0.1'] }),
  mailer: undefined,
  seal: makeSeal('test'),
  publicUrl: 'https://ml.example.org',
  callerOf: async (_, workspaceKey) => someone(workspaceKey),
  findWorkspaceName: async (_, key) => `workspace-${key}`,
  promptText: async () => undefined,
  describeRun: async () => undefined,
  onFailure: fail,
  monotonic: () => performance.now() * quicker,
  timers: {
    after(ms, call) {
      const timer = setTimeout(call, ms / quicker)
      return () => clearTimeout(timer)
    },
  },
})
await deliverer.start()

function isRefused(error: unknown): false {
  if ((error as Problem).code === 'TEMPORARILY_UNAVAILABLE') return false
  throw error
}

async function client(at: number): Promise<void> {
  for (;;) {
    let mine = ''
    const written = db.inTx(async (tx) => {
      const emitted = emit(tx, someone(1 + (at % 2)), {
        type: 'run.deleted',
        subject: `runs/${at % SUBJECTS}`,
        on: 1,
      })
      mine = id
      await emitted
    })
    // On a busy machine some of a thousand wait too long for one of the connections, and are refused.
    if (await written.then(() => true, isRefused)) process.stdout.write(`${mine}\n`)
  }
}

if (emits) await Promise.all(Array.from({ length: IN_FLIGHT }, (_, at) => client(at)))

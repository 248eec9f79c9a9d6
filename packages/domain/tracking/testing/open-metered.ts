import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Caller, countingIds } from '@orrery/base/kernel'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { makeMeter, makeQuotas } from '../../access/index.ts'
import { makeEmit } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import { makeArtifacts, makeGrants, makeResidents, makeWorkOffRemovals } from '../index.ts'
import { openTracking } from './open-tracking.ts'

/** Tracking with its files, over a fresh database and an empty store, in which everything is really counted. */
export async function openMetered(db: Database) {
  const root = await mkdtemp(join(tmpdir(), 'orrery-metered-'))
  const store = await openLocalArtifactStore(root)
  const clock = () => 1_700_000_000_000
  const emit = checkedEmit(makeEmit({ clock, ids: countingIds(1_000_000) }))
  const meter = makeMeter({ db, emit })
  const quotas = makeQuotas({ db, emit })
  const tracking = await openTracking(db, undefined, meter)
  const grants = makeGrants({ key: Buffer.alloc(32, 1), clock })
  const artifacts = makeArtifacts({
    db,
    emit,
    clock,
    store,
    grants,
    meter,
    findWorkspace: tracking.findWorkspace,
  })
  return {
    ...tracking,
    artifacts,
    store,
    meter,
    quotas,
    residents: makeResidents({ db, store }),
    workOff: makeWorkOffRemovals({ db, meter, removeFiles: artifacts.deleteArtifactsOf }),
    /** Runs and bytes of artifacts, as counted. */
    async used(caller: Caller): Promise<readonly [runs: number, bytes: number]> {
      const [runs, bytes] = await quotas.list(caller)
      return [runs!.used, bytes!.used]
    },
    /** A new run, and where its artifacts are. */
    async newRun(caller: Caller, experimentId = '0') {
      const { info } = await tracking.runs.create(caller, { experimentId })
      const { path } = await artifacts.findRoot(caller, { runId: info.runId })
      return { runId: info.runId, path }
    },
    async [Symbol.asyncDispose]() {
      await meter.quiet()
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

export async function* bytes(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

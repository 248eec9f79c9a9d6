import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { localOwner, makeChanges, makeWorkOffWorkspaces, makeWorkspaces } from '../../access/index.ts'
import { checkArtifactLocation, makeResidents } from '../../tracking/index.ts'
import { makeModels } from '../models/make-models.ts'
import { keepFiles } from '../testing/keep-files.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeRegistryResidents } from './make-residents.ts'

/** Workspaces with everything that there is to be in them. */
async function openWorkspaces(db: Database) {
  const bed = await openRegistry(db)
  const { deps, tracking, store } = bed
  let time = 1_700_000_000_000
  const clock = () => time
  const residents = [makeRegistryResidents({ db }), makeResidents({ db, store })]
  const workspaces = makeWorkspaces({
    ...deps,
    clock,
    residents,
    changes: makeChanges({ db, clock }),
    prepare: (tx, { key, artifactRoot }) => tracking.experiments.ensureDefault(tx, key, artifactRoot),
    callerIn: async (caller, workspace) => ({ ...caller, workspace }),
    checkLocation: checkArtifactLocation,
  })
  return {
    ...bed,
    models: makeModels(deps),
    workspaces,
    workOff: makeWorkOffWorkspaces({ db, clock, residents }),
    later: (ms: number) => {
      time += ms
    },
    async make(name: string, defaultArtifactRoot?: string): Promise<Caller> {
      const made = await workspaces.create(bed.here, { name, defaultArtifactRoot })
      const workspace = { key: made.key, name }
      return localOwner(
        defaultArtifactRoot === undefined ? workspace : { ...workspace, artifactRoot: defaultArtifactRoot },
        { requestId: 'test', address: '' },
      )
    },
    /** How many rows of a workspace any table has. */
    async rowsOf({ workspace }: Caller): Promise<Record<string, number>> {
      const tables = [
        ['experiments', 'runs', 'logged_models', 'artifact_files', 'removals', 'workspaces', 'roles'],
        ['registered_models', 'model_versions', 'version_folders', 'registry_removals', 'workspace_usage'],
      ].flat()
      const counts: Record<string, number> = {}
      for (const table of tables) {
        const rows = await db.read
          .tables<Record<string, { workspace_key: number }>>()
          .selectFrom(table)
          .select('workspace_key')
          .where('workspace_key', '=', workspace.key)
          .execute()
        if (rows.length > 0) counts[table] = rows.length
      }
      return counts
    },
  }
}

eachEngine('a workspace with runs, files and models', TEST_MIGRATIONS, (open) => {
  test('has its Default experiment, and its own root for artifacts where one was given', async () => {
    await using db = await open()
    await using bed = await openWorkspaces(db)
    const { experiments } = bed.tracking
    const vision = await bed.make('vision', 's3://bucket/vision/')
    const audio = await bed.make('audio')
    const locations = async (caller: Caller) => {
      const id = await experiments.create(caller, { name: 'e' })
      const found = await Promise.all(
        ['0', id].map((experimentId) => experiments.get(caller, { experimentId })),
      )
      return found.map(({ artifactLocation }) => artifactLocation.replace(id, '<id>'))
    }
    assert.deepEqual(await locations(vision), ['s3://bucket/vision/0', 's3://bucket/vision/<id>'])
    assert.deepEqual(await locations(audio), ['mlflow-artifacts:/0', 'mlflow-artifacts:/<id>'])
    for (const root of [
      's3://b/x?y',
      'mlflow-artifacts:/registry/x',
      'http://b/x',
      's3://a:b@c/x',
      'file:///x',
    ]) {
      await assert.rejects(bed.make('third', root), (error: Error & { code: string }) => {
        assert.equal(error.code, 'INVALID_PARAMETER_VALUE')
        assert.match(error.message, /'default_artifact_root'/)
        return true
      })
    }
  })

  test('is deleted with all of it, and another of the same name and content begins anew', async () => {
    await using db = await open()
    await using bed = await openWorkspaces(db)
    const { workspaces, store, elsewhere } = bed
    const fill = async (caller: Caller) => {
      for (const name of ['m', 'n'])
        await keepFiles(bed, caller, name, { MLmodel: 'flavors: {}\n', 'd/a': 'xyz' })
    }
    const vision = await bed.make('vision')
    await fill(vision)
    await fill(elsewhere)
    const kept = await bed.rowsOf(elsewhere)
    await assert.rejects(workspaces.delete(bed.here, { name: 'vision', confirm: { onlyEmpty: true } }), {
      code: 'INVALID_STATE',
      message:
        "Cannot delete workspace 'vision': table 'registered_models' still contains 2 resource(s). Remove or reassign them before deleting the workspace.",
    })
    await assert.rejects(workspaces.delete(bed.here, { name: 'vision', confirm: '' }), {
      message:
        "To delete the workspace 'vision' for good, 'confirm' must be its name (got ''). It would lose 2 registered models, 2 model versions, 2 runs, 4 files (30 bytes).",
    })
    await workspaces.delete(bed.here, { name: 'vision', confirm: 'vision' })
    const again = await bed.make('vision')
    await fill(again)
    bed.later(60_000)
    await bed.workOff()
    assert.deepEqual(await bed.rowsOf(vision), {})
    assert.deepEqual(await bed.rowsOf(elsewhere), kept)
    assert.equal((await bed.rowsOf(again)).runs, 2)
    const { entries } = await store.list('', { limit: 9 })
    assert.deepEqual(
      entries.map(({ name }) => name).sort(),
      [again, elsewhere].map(({ workspace }) => String(workspace.key)).sort(),
    )
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import { makeChanges } from '../changes.ts'
import { makeOwnership } from '../decisions/ownership.ts'
import { accessMigrations } from '../index.ts'
import type { Residents } from '../seams.ts'
import { openWorkspaces } from '../testing/open-workspaces.ts'

const MODULES = [eventsMigrations, accessMigrations]
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST', message: "Workspace 'vision' not found" }

eachEngine('a workspace that is deleted while something is made in it', MODULES, (open) => {
  for (const by of ['a first run', 'an experiment'] as const) {
    test(`${by} that came first is waited for, and one that comes after finds no workspace`, async () => {
      await using db = await open()
      let things = 0
      let asked = 0
      const residents: Residents = {
        losses: async () => [{ what: 'things', count: things }],
        isEmpty: async () => {
          asked++
          return things === 0
        },
        measure: async () => ({}),
        removeSlice: async () => true,
      }
      const bed = await openWorkspaces(db, [residents])
      const { key } = await bed.workspaces.create(bed.here, { name: 'vision' })
      const there = { ...bed.here, workspace: { key, name: 'vision' } }
      const changes = makeChanges({ db, clock: () => 0 })
      const ownership = makeOwnership({ changes, clock: () => 0, soleWriter: db.can.soleWriter })
      const deleteEmpty = () =>
        bed.workspaces.delete(bed.here, { name: 'vision', confirm: { onlyEmpty: true } })
      let deleting: Promise<unknown> = Promise.resolve()
      const make = () =>
        db.inTx(async (tx) => {
          if (by === 'a first run') await bed.meter.count(tx, there, 'runs', 1)
          else await ownership.created(tx, there, { kind: 'experiment', key: 1 })
          // Whoever deletes asks in between, and of what is not committed nothing is seen.
          deleting = deleteEmpty().then(
            () => 'deleted',
            (error: { code: string }) => error.code,
          )
          for (let i = 0; i < 200 && asked === 0 && !db.can.soleWriter; i++) {
            await tx.tables<AccessTables>().selectFrom('access_version').selectAll().execute()
          }
          tx.afterCommit(() => void things++)
        })
      await make()
      assert.equal(await deleting, 'INVALID_STATE')
      things = 0
      await deleteEmpty()
      if (!db.can.soleWriter) await assert.rejects(make(), ABSENT)
    })
  }
})

import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/** Rows that one transaction deletes: about 2 µs each on SQLite. */
const SLICE_ROWS = 1000

interface Range {
  workspace: number
  root: string
  from: string
  to: string
}

const some = statement('tracking.artifact-files-below', (k: Kysely<TrackingTables>, p: Range) =>
  k
    .selectFrom('artifact_files')
    .select('path')
    .where('workspace_key', '=', p.workspace)
    .where('root', '=', p.root)
    .where('path', '>=', p.from)
    .where('path', '<', p.to)
    .orderBy('path')
    .limit(SLICE_ROWS),
)

const drop = statement(
  'tracking.drop-artifact-files',
  (k: Kysely<TrackingTables>, p: Omit<Range, 'to'> & { last: string }) =>
    k
      .deleteFrom('artifact_files')
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '>=', p.from)
      .where('path', '<=', p.last)
      .returning('size'),
)

/** After every path: U+10FFFF is the last character, in UTF-8 as well. */
const LAST = '\u{10ffff}'

/** Forgets the files of a folder of an owner, or with `path` empty all of them. */
export async function dropRowsBelow(
  { db, meter }: Pick<TrackingDeps, 'db' | 'meter'>,
  workspace: number,
  { root, path }: { readonly root: string; readonly path: string },
): Promise<void> {
  const range: Range = {
    workspace,
    root,
    from: path === '' ? '' : `${path}/`,
    to: path === '' ? LAST : `${path}0`, // "0" is the character after "/"
  }
  while (await db.inTx((tx) => dropSlice(tx, meter, range))) {
    // the next slice
  }
}

/** @returns whether there may be more */
async function dropSlice(tx: Tx, meter: TrackingDeps['meter'], { to, ...range }: Range): Promise<boolean> {
  const rows = await tx.all(some, { ...range, to })
  const last = rows.at(-1)?.path
  if (last === undefined) return false
  const gone = await tx.all(drop, { ...range, last })
  const bytes = gone.reduce((sum, { size }) => sum + size, 0)
  await meter.adjust(tx, range.workspace, 'artifact-bytes', -bytes)
  return rows.length === SLICE_ROWS
}

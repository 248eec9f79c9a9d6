import { type Caller, must } from '@orrery/base/kernel'
import type { LogPlace, LogRow } from '../../events/index.ts'
import type { Anchors } from '../anchors/write-anchor.ts'
import type { Audit } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { checkQuery } from './check-query.ts'
import { EXPORT_LINES, type ExportFormat } from './export-lines.ts'

type Deps = Pick<GovernanceDeps, 'db' | 'emit' | 'clock' | 'log' | 'settle' | 'queries'> & {
  readonly anchors: Pick<Anchors, 'write'>
}

const PAGE = 1_000

type Asked = ReturnType<typeof checkQuery>

interface Told {
  readonly asked: Asked
  readonly format: ExportFormat
  rows: number
  isComplete: boolean
}

export function makeExportAudit(deps: Deps): Audit['export'] {
  return function exportAudit(caller, { format, signal, ...input }) {
    must(caller, 'audit.read')
    const told: Told = { asked: checkQuery(input), format, rows: 0, isComplete: false }
    return tellWhenOver(deps, caller, told, exportLines(deps, caller, told, signal))
  }
}

/** Also of an export that was broken off: what was read was read. */
async function* tellWhenOver(
  { db, emit }: Deps,
  caller: Caller,
  told: Told,
  lines: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* lines
  } finally {
    const { format, rows, isComplete: complete, asked } = told
    const { since = null, until = null, ...rest } = asked
    const filter = Object.values(rest).some((value) => value !== undefined) ? rest : null
    await db.inTx((tx) =>
      emit(tx, caller, {
        type: 'audit.exported',
        subject: 'audit',
        after: { format, rows, complete, since, until, filter },
      }),
    )
  }
}

async function* exportLines(
  { db, clock, log, settle, queries, anchors }: Deps,
  caller: Caller,
  told: Told,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { beginning, line, end } = EXPORT_LINES[told.format]
  const workspaceKey = caller.workspace.key
  await settle()
  const { file, anchor } = await anchors.write()
  // What the anchor says is what is exported: nothing behind it.
  const durable = Math.min(log.durable, anchor.position)
  const head = anchor.heads.find((each) => each.workspaceKey === workspaceKey)
  if (beginning !== '') yield Buffer.from(beginning)
  let before: LogPlace | undefined
  do {
    const query = { ...told.asked, workspaceKey, durable, before, limit: PAGE, oldestFirst: true }
    const page = await db.scan((reads) => queries.rows(reads, query), { signal })
    if (page.rows.length > 0) yield Buffer.from(page.rows.map((row: LogRow) => line(row)).join(''))
    told.rows += page.rows.length
    before = page.next
  } while (before !== undefined)
  told.isComplete = true
  const { number = 0, position = 0, hash = '' } = head ?? {}
  const { rows } = told
  const exported = new Date(clock()).toISOString()
  const { name: workspace } = caller.workspace
  yield Buffer.from(end({ workspace, exported, rows, number, position, hash, anchor: file }))
}

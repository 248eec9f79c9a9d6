import { mkdir } from 'node:fs/promises'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { LogQueries } from '../../events/index.ts'
import type { AnchorFile, WrittenAnchor } from '../audit.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import type { GovernanceDeps } from '../seams.ts'
import { anchorNames, keepAnchor, orUndefined, parseAnchor, readAnchor } from './anchor-file.ts'

export interface Anchors {
  /** Writes the heads of all workspaces outside the database. Two calls at once come one after the other. */
  write(): Promise<WrittenAnchor>

  /** Writes unless that was done in the last 20 hours, by whatever server. @returns what was written */
  writeIfDue(): Promise<WrittenAnchor | undefined>
}

type Deps = Pick<
  GovernanceDeps,
  'db' | 'emit' | 'clock' | 'queries' | 'serverIn' | 'findWorkspaceName' | 'anchorsFolder' | 'settle'
>

const DUE_MS = 20 * 3_600_000

const insert = statement(
  'governance.note-anchor',
  (k: Kysely<GovernanceTables>, p: Omit<GovernanceTables['audit_anchors'], 'anchor_key'>) =>
    k.insertInto('audit_anchors').values({
      file: p.file,
      digest: p.digest,
      position: p.position,
      written_at: p.written_at,
    }),
)

const last = statement('governance.last-anchor', (k: Kysely<GovernanceTables>, _: Record<string, never>) =>
  k
    .selectFrom('audit_anchors')
    .select(['file', 'digest', 'position', 'written_at as writtenAt'])
    .orderBy('anchor_key', 'desc')
    .limit(1),
)

export const lastAnchor = (reads: Reads) => reads.first(last, {})

/** The heads as they are, with the names of their workspaces; the name of one that is gone is empty. */
export async function headsForAnchor(
  reads: Reads,
  queries: Pick<LogQueries, 'heads'>,
  nameOf: GovernanceDeps['findWorkspaceName'],
): Promise<AnchorFile['heads']> {
  const heads = []
  for (const { workspaceKey, number, position, hash } of await queries.heads(reads)) {
    const workspace = (await nameOf(reads, workspaceKey)) ?? ''
    heads.push({ workspaceKey, workspace, number, position, hash })
  }
  return heads
}

export function anchorOf(heads: AnchorFile['heads'], now: number): Omit<AnchorFile, 'previous'> {
  const position = heads.reduce((most, head) => Math.max(most, head.position), 0)
  return { format: 'orrery-anchor/1', written: new Date(now).toISOString(), position, heads }
}

export function makeAnchors(deps: Deps): Anchors {
  const { db, clock, queries, findWorkspaceName, anchorsFolder, settle } = deps
  let turn: Promise<unknown> = Promise.resolve()

  async function writeNow(): Promise<WrittenAnchor> {
    await settle()
    const heads = await db.scan((reads) => headsForAnchor(reads, queries, findWorkspaceName))
    // What a power cut could take back must not stand in a file that says it was there.
    await settle()
    await mkdir(anchorsFolder, { recursive: true, mode: 0o700 })
    const before = await newestAnchor(anchorsFolder)
    const { isNew, ...written } = await keepAnchor(anchorsFolder, anchorOf(heads, clock()))
    if (isNew) await tell(deps, written, before)
    return written
  }

  function write(): Promise<WrittenAnchor> {
    const next = turn.then(writeNow, writeNow)
    turn = next.catch(() => {})
    return next
  }

  return {
    write,
    async writeIfDue() {
      const before = await db.read.first(last, {})
      if (before !== undefined && before.writtenAt > clock() - DUE_MS) return undefined
      if ((await queries.heads(db.read)).length === 0) return undefined
      return write()
    },
  }
}

async function newestAnchor(folder: string): Promise<AnchorFile | undefined> {
  const name = (await anchorNames(folder)).at(-1)
  const text = name === undefined ? undefined : await readAnchor(folder, name)
  return text === undefined ? undefined : orUndefined(() => parseAnchor(text))
}

/**
 * In each workspace in which something has happened since: its auditors see when its head was last written, and where. Of a
 * workspace at rest the telling itself would be all that ever happens.
 */
async function tell(
  { db, emit, clock, serverIn }: Deps,
  { file, digest, anchor }: WrittenAnchor,
  before: AnchorFile | undefined,
) {
  await db.inTx((tx) => tx.run(insert, { file, digest, position: anchor.position, written_at: clock() }))
  for (const { workspaceKey, number, hash } of anchor.heads) {
    const last = before?.heads.find((head) => head.workspaceKey === workspaceKey)
    if (last !== undefined && number <= last.number + 1) continue
    const server = await serverIn(workspaceKey)
    if (server === undefined) continue
    await db.inTx((tx: Tx) =>
      emit(tx, server, {
        type: 'audit.anchored',
        subject: 'audit',
        after: { file: `anchors/${file}`, number, hash },
      }),
    )
  }
}

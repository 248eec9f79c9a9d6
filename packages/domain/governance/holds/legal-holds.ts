import { type Caller, invalid, missing, must, Problem } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { actorOf } from '../../events/index.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import { needsReason } from '../reasons/demand-reason.ts'
import type { LegalHold, LegalHolds } from '../retention.ts'
import type { GovernanceDeps } from '../seams.ts'

export const HOLD_LIMITS = { inForce: 1_000, title: 200, listed: 10_000 } as const

const COLUMNS = [
  'hold_id as id',
  'subject',
  'title',
  'reason',
  'placed_by as placedBy',
  'placed_at as placedAt',
  'lifted_by as liftedBy',
  'lifted_at as liftedAt',
] as const

const insert = statement(
  'governance.place-hold',
  (
    k: Kysely<GovernanceTables>,
    p: Omit<LegalHold, 'liftedBy' | 'liftedAt'> & { readonly workspace: number },
  ) =>
    k.insertInto('legal_holds').values({
      hold_id: p.id,
      workspace_key: p.workspace,
      subject: p.subject,
      title: p.title,
      reason: p.reason,
      placed_by: p.placedBy,
      placed_at: p.placedAt,
      lifted_by: null,
      lifted_at: null,
    }),
)

const count = statement('governance.count-holds', (k: Kysely<GovernanceTables>, p: { workspace: number }) =>
  k
    .selectFrom('legal_holds')
    .select((e) => e.fn.countAll<number>().as('holds'))
    .where('workspace_key', '=', p.workspace)
    .where('lifted_at', 'is', null),
)

const byId = statement(
  'governance.hold-by-id',
  (k: Kysely<GovernanceTables>, p: { workspace: number; id: string }, words) =>
    words.lockRows(
      k
        .selectFrom('legal_holds')
        .select(COLUMNS)
        .where('hold_id', '=', p.id)
        .where('workspace_key', '=', p.workspace),
    ),
)

const lift = statement(
  'governance.lift-hold',
  (k: Kysely<GovernanceTables>, p: { id: string; by: string; at: number }) =>
    k.updateTable('legal_holds').set({ lifted_by: p.by, lifted_at: p.at }).where('hold_id', '=', p.id),
)

export function makeLegalHolds(
  deps: Pick<GovernanceDeps, 'db' | 'emit' | 'clock' | 'ids' | 'held'>,
): LegalHolds {
  const { db, emit, clock, ids, held } = deps
  return {
    list: (caller, { lifted }) => db.scan((reads) => listHolds(reads, caller.workspace.key, lifted)),

    async place(caller, { subject: given, title }) {
      must(caller, 'policy.manage')
      const reason = theReason(caller, 'Placing a legal hold')
      checkTitle(title)
      return db.inTx(async (tx) => {
        const workspace = caller.workspace.key
        const subject = await findSubject(tx, held, caller, given)
        const { holds } = (await tx.first(count, { workspace }))!
        if (Number(holds) >= HOLD_LIMITS.inForce) throw tooMany()
        const hold = { id: ids.hex32(), subject, title, reason, placedBy: actorOf(caller), placedAt: clock() }
        await tx.run(insert, { ...hold, workspace })
        const after = { subject, title }
        await emit(tx, caller, {
          ...{ type: 'legal-hold.placed', subject: `legal-holds/${hold.id}`, after },
          ...(subject === '' ? {} : { also: [subject] }),
        })
        return { ...hold, liftedBy: null, liftedAt: null }
      })
    },

    async lift(caller, { id }) {
      must(caller, 'policy.manage')
      theReason(caller, 'Lifting a legal hold')
      return db.inTx(async (tx) => {
        const hold = await tx.first(byId, { workspace: caller.workspace.key, id })
        if (hold === undefined) throw missing(`There is no legal hold '${id.slice(0, 100)}'.`)
        if (hold.liftedAt !== null) {
          throw new Problem('INVALID_STATE', `The legal hold '${id}' was lifted by ${hold.liftedBy}.`)
        }
        const by = { liftedBy: actorOf(caller), liftedAt: clock() }
        await tx.run(lift, { id, by: by.liftedBy, at: by.liftedAt })
        const { subject, title } = hold
        await emit(tx, caller, {
          ...{ type: 'legal-hold.lifted', subject: `legal-holds/${id}`, before: { subject, title } },
          ...(subject === '' ? {} : { also: [subject] }),
        })
        return { ...hold, ...by }
      })
    },
  }
}

function listHolds(reads: Reads, workspaceKey: number, lifted: boolean): Promise<readonly LegalHold[]> {
  return reads
    .tables<GovernanceTables>()
    .selectFrom('legal_holds')
    .select(COLUMNS)
    .where('workspace_key', '=', workspaceKey)
    .$if(!lifted, (select) => select.where('lifted_at', 'is', null))
    .orderBy('placed_at', 'desc')
    .orderBy(sql.ref('hold_key'), 'desc')
    .limit(HOLD_LIMITS.listed)
    .execute()
}

async function findSubject(
  tx: Tx,
  held: GovernanceDeps['held'],
  caller: Caller,
  given: string,
): Promise<string> {
  if (given === '') return ''
  const found = await held.find(tx, caller.workspace.key, given)
  if (found !== undefined) return found.subject
  throw missing(`There is no '${given.slice(0, 300)}' in the workspace '${caller.workspace.name}'.`)
}

function theReason(caller: Caller, what: string): string {
  if (caller.reason === undefined) throw needsReason(what, caller)
  return caller.reason
}

function checkTitle(title: string): void {
  const { length } = [...title]
  if (length < 1 || length > HOLD_LIMITS.title) {
    throw invalid(`'title' has ${length} characters; 1 to ${HOLD_LIMITS.title} are allowed.`)
  }
  if (/\p{Cc}/u.test(title)) throw invalid("'title' holds no control characters or line breaks.")
}

function tooMany(): Problem {
  return new Problem(
    'INVALID_STATE',
    `At most ${HOLD_LIMITS.inForce.toLocaleString('en-US')} legal holds are in force at once.`,
    { hint: "Hold what is above them ('experiments/<id>', 'models/<name>', '' for everything)." },
  )
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { logQueries, trimLog } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import { openLog, someone } from '../../events/testing/open-log.ts'
import { makeAnchors } from '../anchors/write-anchor.ts'
import { makeAudit } from '../audit/make-audit.ts'
import { makeChangePolicy } from '../change-policy.ts'
import { makeLegalHolds } from '../holds/legal-holds.ts'
import { makeReasonPolicies } from '../reasons/reason-policies.ts'
import { makeRetention } from '../retention/make-retention.ts'
import type { ExpiredThing, GovernanceDeps } from '../seams.ts'

/** Something soft-deleted in a test. */
export type OldThing = ExpiredThing & { readonly deletedAt: number }

/**
 * Audit, policies, retention and holds over a log. `things` stands in for tracking's soft-deleted ones, and `inside` says
 * in which experiment runs are; every subject is there but those that end in `-gone`.
 */
export async function openGovernance(db: Database) {
  const log = await openLog(db)
  const folder = await mkdtemp(join(tmpdir(), 'orrery-anchors-'))
  const emit = checkedEmit(log.emit)
  const { clock, ids } = log
  const things: OldThing[] = []
  const removed: { readonly subject: string; readonly reason: string | undefined }[] = []
  const inside = new Map<string, string>()
  const madeFrom = new Map<string, string>()
  const failures: unknown[] = []
  const deps = {
    db,
    emit,
    clock,
    ids,
    log: log.log,
    settle: log.settle,
    queries: logQueries,
    trim: trimLog,
    anchorsFolder: folder,
    sentenceOf: ({ type, subject }) => `${type} ${subject}`,
    serverIn: async (key) =>
      key > 2 ? undefined : someone(key, { principal: { kind: 'system', name: 'server' } }),
    findWorkspaceName: async (_reads, key) => (key > 2 ? undefined : someone(key).workspace.name),
    held: {
      find: async (_reads, _workspace, subject) =>
        subject.endsWith('-gone')
          ? undefined
          : subject.startsWith('experiments/')
            ? { subject, on: { kind: 'experiment', key: Number(subject.slice('experiments/'.length)) } }
            : { subject },
      among: async (_reads, _workspace, subjects, experiment) =>
        subjects.filter((subject) => inside.get(subject) === experiment),
      versionsFrom: async (_reads, _workspace, owner) =>
        [...madeFrom].filter(([, source]) => source === owner).map(([version]) => version),
      sourcesOf: async (_reads, _workspace, subject) =>
        [...madeFrom]
          .filter(([version]) => version === subject || version.startsWith(`${subject}/`))
          .map(([, source]) => source),
    },
    expired: {
      list: async (_reads, _workspace, what, before, after, limit) =>
        things
          .filter(({ subject }) => `deleted-${subject.split('/')[0]}` === what)
          .filter(({ deletedAt, key }) => deletedAt < before && key > after)
          .slice(0, limit),
      async remove(caller, _what, thing) {
        things.splice(things.indexOf(thing as OldThing), 1)
        removed.push({ subject: thing.subject, reason: caller.reason })
      },
    },
  } satisfies Partial<GovernanceDeps>
  const anchors = makeAnchors(deps)
  const retention = makeRetention({ ...deps, onFailure: (_what, error) => failures.push(error) })
  const opened = {
    ...log,
    deps,
    folder,
    anchors,
    audit: makeAudit({ ...deps, anchors }),
    reasons: makeReasonPolicies(deps),
    holds: makeLegalHolds(deps),
    policy: makeChangePolicy({ ...deps, approvals: async () => {} }),
    retention: retention.verbs,
    work: retention.work,
    things,
    removed,
    inside,
    madeFrom,
    failures,
    async [Symbol.asyncDispose]() {
      await retention.work.stop()
      await log[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return opened
}

/** Whoever may do everything, and says why. */
export const because = (reason: string, more: Partial<Caller> = {}): Caller => someone(1, { reason, ...more })

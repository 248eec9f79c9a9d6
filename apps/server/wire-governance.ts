import { join } from 'node:path'
import { type Clock, type IdSource, invalid, Problem } from '@orrery/base/kernel'
import { findWorkspaceName, makeServerIn } from '@orrery/domain/access'
import { type Emit, type EventLog, logQueries, sentenceOf, trimLog } from '@orrery/domain/events'
import {
  type ApprovalGate,
  type Audit,
  type ChangePolicy,
  type Held,
  holdsInForce,
  makeAnchors,
  makeAudit,
  makeChangePolicy,
  makeLegalHolds,
  makeReasonPolicies,
  makeRetention,
} from '@orrery/domain/governance'
import { findModelKey, hasVersion, sourcesOf, versionsFrom } from '@orrery/domain/registry'
import { findHeldThing, inExperiment, makeExpired } from '@orrery/domain/tracking'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Logger } from 'pino'
import type { GovernanceMeans } from './http/workspace/governance.ts'
import { startAnchoring } from './loops/anchors.ts'
import { startRetention } from './loops/retention.ts'

export interface WiredGovernance {
  readonly audit: Audit
  readonly policies: GovernanceMeans
  close(): Promise<void>
}

const FORMS =
  /^(?:(?:experiments|runs|logged-models)\/[^/]+|models\/([^/]+)(?:\/versions\/([1-9]\d{0,8}))?)$/s

/** What legal holds can name, of tracking and the registry. */
const HELD: Held = {
  async find(reads, workspaceKey, subject) {
    const form = FORMS.exec(subject)
    if (form === null) throw noSubject(subject)
    const [, model, version] = form
    if (model === undefined) {
      const found = await findHeldThing(reads, workspaceKey, subject)
      if (found?.experimentKey === undefined) return found
      return { subject: found.subject, on: { kind: 'experiment', key: found.experimentKey } }
    }
    const key = await findModelKey(reads, workspaceKey, model)
    if (key === undefined) return undefined
    if (version !== undefined) {
      return (await hasVersion(reads, key, Number(version))) ? { subject } : undefined
    }
    return { subject, on: { kind: 'model', key } }
  },
  among: inExperiment,
  versionsFrom,
  sourcesOf,
}

function noSubject(subject: string): Problem {
  return invalid(
    `'subject' is '${subject.slice(0, 300)}', which nothing is called.`,
    "Name 'experiments/<id>', 'runs/<id>', 'logged-models/<id>', 'models/<name>', 'models/<name>/versions/<version>', or leave it empty for the whole workspace.",
  )
}

/** What tracking and the registry ask before they change something. */
export function wirePolicy(gate: ApprovalGate): ChangePolicy {
  return makeChangePolicy({ held: HELD, approvals: gate })
}

/** Refuses to delete a workspace in which something is under legal hold. */
export async function mustNotBeHeld(tx: Tx, workspace: { readonly key: number; readonly name: string }) {
  const holds = await holdsInForce(tx, workspace.key)
  if (holds.length === 0) return
  throw new Problem(
    'INVALID_STATE',
    `In the workspace '${workspace.name}' ${holds.length === 1 ? 'a legal hold is' : `${holds.length} legal holds are`} in force: it cannot be deleted.`,
    { hint: 'An owner of the workspace can lift them.' },
  )
}

/** Audit, policies, retention and holds, and what they do by themselves. */
export function wireGovernance(
  given: {
    readonly db: Database
    readonly emit: Emit
    readonly clock: Clock
    readonly ids: IdSource
    readonly log: Pick<EventLog, 'durable'>
    readonly settle: () => Promise<void>
    readonly home: string
    readonly tracking: Parameters<typeof makeExpired>[0]
    readonly deletedLogDays: number | undefined
  },
  log: Logger,
): WiredGovernance {
  const deps = {
    ...given,
    queries: logQueries,
    trim: trimLog,
    held: HELD,
    expired: makeExpired(given.tracking),
    serverIn: makeServerIn(given),
    findWorkspaceName,
    anchorsFolder: join(given.home, 'anchors'),
    sentenceOf,
    onFailure: (what: string, error: unknown) =>
      log.error({ err: error, what }, 'a rule of retention failed'),
  }
  const anchors = makeAnchors(deps)
  const { verbs, work } = makeRetention(deps)
  const stopAnchoring = startAnchoring(anchors, log)
  const stopRetention = startRetention(work, log)
  return {
    audit: makeAudit({ ...deps, anchors }),
    policies: { reasons: makeReasonPolicies(deps), retention: verbs, holds: makeLegalHolds(deps) },
    async close() {
      await Promise.all([stopAnchoring(), stopRetention()])
    },
  }
}

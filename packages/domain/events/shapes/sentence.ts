import { EVENTS, type EventRow } from '@orrery/base/contract'
import type { LoggedEvent } from '../log.ts'

/** What a sentence is made of. */
type Told = Pick<LoggedEvent, 'type' | 'subject' | 'actor' | 'reason' | 'before' | 'after'>

/**
 * By type, what was done, behind who did it: `alice moved version 3 of fraud to Production.` In braces stand the thing
 * (`it`) and fields as they are (`name`) or as they were (`-name`). What has no row here is told by its row of the
 * catalogue.
 */
const SENTENCES: Readonly<Record<string, string>> = {
  'experiment.created': '{who} made {it}',
  'experiment.renamed': '{who} renamed the experiment {-name} to {name}',
  'experiment.deleted': '{who} deleted {it}',
  'experiment.restored': '{who} restored {it}',
  'experiment.removed': '{who} removed the experiment {-name} for good',
  'run.created': '{who} started {it}',
  'run.completed': '{it} of {who} ended well',
  'run.failed': '{it} of {who} failed',
  'run.killed': '{it} was killed by {who}',
  'run.deleted': '{who} deleted {it}',
  'run.restored': '{who} restored {it}',
  'run.removed': '{who} removed {it} for good',
  'run.moved': '{who} moved {it} from experiment {-experimentId} to {experimentId}',
  'logged-model.created': '{who} began {it}',
  'logged-model.finalized': '{who} finished {it} ({status})',
  'logged-model.deleted': '{who} deleted {it}',
  'artifact.written': '{who} wrote {it}',
  'artifact.deleted': '{who} deleted {it}',
  'model.registered': '{who} registered {it}',
  'model.updated': '{who} changed the description of {it}',
  'model.renamed': '{who} renamed {-name} to {name}',
  'model.deleted': '{who} deleted {it} for good',
  'model.tag-set': '{who} set a tag of {it}',
  'model.tag-deleted': '{who} deleted a tag of {it}',
  'alias.set': '{who} pointed the alias {alias} of {it} at version {version}',
  'alias.removed': '{who} deleted the alias {-alias} of {it}',
  'version.created': '{who} registered {it}',
  'version.updated': '{who} changed the description of {it}',
  'version.deleted': '{who} deleted {it} for good',
  'version.tag-set': '{who} set a tag of {it}',
  'version.tag-deleted': '{who} deleted a tag of {it}',
  'version.advised': '{scanner} found {it} {verdict}',
  'stage.changed': '{who} moved {it} from {-stage} to {stage}',
  'approval.requested': '{who} asked for approval of a change of {it}',
  'approval.approved': '{who} approved a change of {it} that {requestedBy} asked for',
  'approval.rejected': '{who} rejected a change of {it} that {requestedBy} asked for',
  'approval.withdrawn': '{who} withdrew a request about {it}',
  'approval.expired': 'A request about {it} has expired',
  'workspace.created': '{who} made the workspace {name}',
  'workspace.deleted': '{who} deleted the workspace {-name}',
  'workspace.quota-near': 'Nine tenths of the quota of {what} are used: {used} of {quota}',
  'workspace.quota-exceeded': 'The quota of {what} is used up: {used} of {quota}',
  'group.member-added': '{who} put {member} into {it}',
  'group.member-removed': '{who} took {-member} from {it}',
  'role.assigned': '{who} gave the role {role} to {principal}',
  'role.unassigned': '{who} took the role {-role} from {-principal}',
  'model.deployed': '{who} deployed {models} as {it}',
  'drift.detected': 'The monitor {monitor} found drift of {coefficient}, above {threshold}',
  'subscription.stopped': '{it} was stopped: {because}',
  'subscription.dead-lettered': '{dead} events of {it} were given up: {error}',
}

/** One sentence that says who did what, for people. Plain text: whoever puts it into markup escapes it. */
export function sentenceOf(event: Told): string {
  const template = SENTENCES[event.type] ?? fromCatalogue(event)
  const told = template.replace(/\{(-?)([\w]+)\}/g, (_, was: string, name: string) => {
    if (name === 'who') return whoOf(event.actor)
    if (name === 'it') return thingOf(event)
    return shown((was === '' ? event.after : event.before)?.[name])
  })
  const sentence = `${told.charAt(0).toUpperCase()}${told.slice(1)}`
  // Names keep their letters also at the beginning.
  const begun = told.startsWith(whoOf(event.actor)) && event.actor !== 'system:server' ? told : sentence
  return begun.endsWith('.') ? begun : `${begun}.`
}

/** ` Reason: …` where there is one. */
export function reasonOf({ reason }: Pick<Told, 'reason'>): string {
  return reason === null ? '' : ` Reason: ${reason}`
}

function fromCatalogue({ type }: Told): string {
  const row = (EVENTS as Readonly<Record<string, EventRow | undefined>>)[type]
  return row === undefined
    ? `${type} of {it}, by {who}`
    : `${braceless(row.when.split(/[;(,]/)[0]!.trim())}: {it}, by {who}`
}

const braceless = (text: string) => text.replace(/[{}]/g, '')

/** `user:alice` is alice, and `system:server` the server. */
export function whoOf(actor: string): string {
  return actor === 'system:server' ? 'the server' : actor.slice(actor.indexOf(':') + 1)
}

const NOUNS: Readonly<Record<string, string>> = {
  experiments: 'experiment',
  runs: 'run',
  'logged-models': 'logged model',
  models: 'model',
  users: 'user',
  'service-accounts': 'service account',
  groups: 'group',
  roles: 'role',
  tokens: 'token',
  sessions: 'session',
  subscriptions: 'subscription',
  workspaces: 'workspace',
  endpoints: 'endpoint',
  'legal-holds': 'legal hold',
}

/** What it happened to, in words. */
export function thingOf({ subject, before, after, type }: Told): string {
  const [kind = '', id = '', part, ...rest] = subject.split('/')
  if (part === 'artifacts') return `${rest.join('/')} of ${nounOf(kind)} ${id}`
  if (kind === 'models' && part === 'versions') return `version ${rest[0]} of ${id}`
  const name = /^(experiment|run|logged-model|subscription)\./.test(type)
    ? (after?.name ?? before?.name)
    : undefined
  const noun = kind === 'models' && (after?.kind ?? before?.kind) === 'prompt' ? 'prompt' : nounOf(kind)
  return id === '' ? subject : `the ${noun} ${typeof name === 'string' && name !== '' ? name : id}`
}

const nounOf = (kind: string) => NOUNS[kind] ?? kind

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.map(shown).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

import type {
  Approval,
  Caller,
  Change,
  Clock,
  IdSource,
  Permission,
  ProtectedChange,
  ResourceKind,
  SOMEWHERE,
} from '@orrery/base/kernel'
import type { Database, Reads, Tx } from '@orrery/drivers/db'
import type { Emit, EventLog, LoggedEvent, LogQueries, TrimLog } from '../events/index.ts'

/*
 * Where this module meets tracking, the registry and access. They do not know it, nor it them: wiring passes functions,
 * and types agree by their shape.
 */

/** What others ask before they change something that a policy may bind: `deps.policy` of tracking and the registry. */
export interface ChangePolicy {
  /**
   * Called in the transaction, when the thing is found and locked and nothing is written. Throws PERMISSION_DENIED where
   * an approval is missing, INVALID_PARAMETER_VALUE where a reason is, INVALID_STATE where a legal hold keeps the thing;
   * each says the next step.
   */
  ask(tx: Tx, caller: Caller, change: Change): Promise<void>
}

/** Where nothing is bound. */
export const NOTHING_BOUND: ChangePolicy = { ask: async () => {} }

/** What the registry offers for approvals: the same steps as its verbs, in the transaction of the approval. */
export interface ApprovedChanges {
  /**
   * Finds the model and version (`model.write`, as the verbs do), locks them, and says what the change would move.
   * `stateBefore` is the same text as long as the change means the same: version key, its digest, where the stage's
   * versions or the alias are.
   */
  look(
    tx: Tx,
    caller: Caller,
    change: ProtectedChange,
  ): Promise<{ readonly modelKey: number; readonly stateBefore: string; readonly change: Change }>

  /** Makes it without asking `ChangePolicy`; its event says `approval: { request, requestedBy }` in `after`. */
  apply(tx: Tx, caller: Caller, change: ProtectedChange, approval: Approval): Promise<void>
}

/**
 * Who may stand behind an account, of access: a user is itself; a service account is itself, whoever made it, whoever made
 * one of its tokens that still works, and, where a service account did, whoever is behind that. Internal keys. Two accounts
 * may be one person where the sets meet. Empty where the account is gone or disabled.
 */
export type PersonsBehind = (reads: Reads, principalKey: number) => Promise<ReadonlySet<number>>

/** Whoever had a name when it was given; keys are never reused, names are. */
export interface Named {
  /** `users/…`, `groups/…`, `roles/…`. */
  readonly name: string
  readonly key: number
}

/** Whether an account is one of those who were named in a workspace: itself, in a group, by a role, also a group's. */
export type IsAmong = (
  reads: Reads,
  workspaceKey: number,
  principalKey: number,
  named: readonly Named[],
) => Promise<boolean>

/** An account that may do something. */
export interface Able {
  readonly key: number
  readonly kind: 'user' | 'service'
  readonly name: string
  /** Has something in the workspace; others are administrators, whom its members are not told of. */
  readonly isMember: boolean
}

/** The accounts that may do all of something in a workspace by what they hold, by name; of access. */
export type WhoMay = (
  reads: Reads,
  workspaceKey: number,
  wanted: readonly { readonly permission: Permission; readonly on?: number | typeof SOMEWHERE }[],
) => Promise<readonly Able[]>

/** Who has the names `users/…`, `groups/…`, `roles/…` in a workspace now; those that nobody has are left out. */
export type WhoIsNamed = (
  reads: Reads,
  workspaceKey: number,
  names: readonly string[],
) => Promise<readonly Named[]>

export type NodeKind = 'run' | 'dataset' | 'logged-model' | 'version'
export type Direction = 'upstream' | 'downstream'

export interface LineageNode {
  readonly kind: NodeKind
  /** A run id, `<dataset name>#<digest>`, a logged model's id, `<model>/<version>`. */
  readonly id: string
  /** Of the module that has it, for its next question: left out where another module names the node. */
  readonly key?: number | undefined
}

export interface LineageFacts extends LineageNode {
  /** Empty for datasets. */
  readonly subject: string
  readonly name: string
  readonly status: string | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number | null
  /**
   * For OpenLineage. Runs: `experimentId`, `experiment`, `user`, `endTime`, `tags` (source, git, parent); datasets:
   * `sourceType`, `source`, `schema`; logged models: `modelType`; versions: `source`, `manifestDigest`.
   */
  readonly facets: Readonly<Record<string, unknown>>
}

export interface LineageEdge {
  /** Nearer to the source. */
  readonly from: LineageNode
  readonly to: LineageNode
  readonly relation: 'read-by' | 'produced' | 'registered-as' | 'copied-to' | 'parent-of'
}

/** An edge as it is found: from a node that was asked for. */
export interface LineageHop<Node extends LineageNode = LineageNode> {
  readonly near: Node
  /** With all that is to be told of it, without facets, where the module that answers has it; checked, then, already. */
  readonly far: LineageNode | LineageFacts
  readonly relation: LineageEdge['relation']
}

/**
 * What tracking and the registry offer: the edges of some nodes in one direction, each from its live tables, with the
 * permission in the question. Nodes of kinds that a module knows nothing of are passed over.
 */
export interface LineageSource {
  /**
   * At most `limit` edges; `hidden`: neighbours that the caller may not see. Ends of edges that another module has may be
   * hidden or gone: whoever walks asks `describe`.
   *
   * @param nodes described before, in the same snapshot
   */
  neighbours<Node extends LineageNode>(
    reads: Reads,
    caller: Caller,
    nodes: readonly Node[],
    direction: Direction,
    limit: number,
  ): Promise<{ readonly hops: readonly LineageHop<Node>[]; readonly hidden: number }>

  /**
   * What is to be told of nodes; those that are not there or not to be seen are left out.
   *
   * @param detail `facets` takes longer and is for OpenLineage
   */
  describe(
    reads: Reads,
    caller: Caller,
    nodes: readonly LineageNode[],
    detail: 'heads' | 'facets',
  ): Promise<readonly LineageFacts[]>
}

export type ExpiringThing =
  | 'deleted-runs'
  | 'deleted-experiments'
  | 'deleted-logged-models'
  | 'deleted-artifacts'

/** Something soft-deleted whose time is over. */
export interface ExpiredThing {
  readonly key: number
  /** As events call it. */
  readonly subject: string
  /** As a `Change` has it. */
  readonly held: readonly string[]
  /** Of its files in the store behind this server. */
  readonly bytes: number
}

/** What tracking offers for retention. */
export interface Expired {
  /**
   * Soft-deleted things that were deleted before a time, in the order of their keys. Scans.
   *
   * @param after key of the last one of the page before
   */
  list(
    reads: Reads,
    workspaceKey: number,
    what: ExpiringThing,
    before: number,
    after: number,
    limit: number,
  ): Promise<readonly ExpiredThing[]>

  /**
   * As the verb that removes it by hand, in a transaction of its own; rows and files follow in slices. Refuses with
   * INVALID_STATE or RESOURCE_DOES_NOT_EXIST what was restored or removed meanwhile.
   */
  remove(caller: Caller, what: ExpiringThing, thing: ExpiredThing): Promise<void>
}

/** Where things are that a legal hold may name. Of tracking and the registry, put together by wiring. */
export interface Held {
  /**
   * The subject as events have it (`experiments/007` is `experiments/7`), and the experiment or model on which it is
   * decided; undefined where there is no such thing.
   *
   * @throws INVALID_PARAMETER_VALUE where nothing can be called so
   */
  find(
    reads: Reads,
    workspaceKey: number,
    subject: string,
  ): Promise<
    | { readonly subject: string; readonly on?: { readonly kind: ResourceKind; readonly key: number } }
    | undefined
  >

  /** Which of these runs and logged models are in an experiment. */
  among(
    reads: Reads,
    workspaceKey: number,
    subjects: readonly string[],
    experimentSubject: string,
  ): Promise<readonly string[]>

  /** Versions whose files lie with a run or logged model; none for other subjects. */
  versionsFrom(reads: Reads, workspaceKey: number, owner: string): Promise<readonly string[]>

  /** The runs and logged models with which the files of a model, or of one version, lie. */
  sourcesOf(reads: Reads, workspaceKey: number, subject: string): Promise<readonly string[]>
}

/** What asking for a hold needs of it. */
export type HeldAround = Omit<Held, 'find'>

/** What this module is made of; each of its parts takes what it needs. */
export interface GovernanceDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  /** How far the log may be looked at, and that everything committed so far is in it. */
  readonly log: Pick<EventLog, 'durable'>
  readonly settle: () => Promise<void>
  readonly queries: LogQueries
  readonly trim: TrimLog
  readonly expired: Expired
  readonly held: Held
  /** The server's own caller in a workspace; undefined where it is gone. */
  readonly serverIn: (workspaceKey: number) => Promise<Caller | undefined>
  readonly findWorkspaceName: (reads: Reads, workspaceKey: number) => Promise<string | undefined>
  /** Where anchor files go. */
  readonly anchorsFolder: string
  /** One sentence that tells an event to people. */
  readonly sentenceOf: (event: LoggedEvent) => string
  readonly approvedChanges: ApprovedChanges
  readonly personsBehind: PersonsBehind
  readonly isAmong: IsAmong
  readonly whoIsNamed: WhoIsNamed
  readonly whoMay: WhoMay
  /** Whether the server asks who people are. */
  readonly hasAccounts: boolean
  readonly sources: readonly LineageSource[]
}

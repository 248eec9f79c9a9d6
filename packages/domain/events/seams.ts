import type { Caller, Clock, IdSource } from '@orrery/base/kernel'
import type { Database, Reads, Signals } from '@orrery/drivers/db'
import type { Egress, Mailer } from '@orrery/drivers/egress'
import type { Emit } from './emit.ts'

/** Makes a text unreadable without the key, and readable again. AES-256-GCM, a new nonce each time. */
export interface Seal {
  /** @param of what it belongs to: a sealed text that is put elsewhere does not open */
  seal(text: string, of?: string): string
  /** @throws Error where it was not sealed with this key, or for something else */
  open(sealed: string, of?: string): string
}

/** What subscriptions and their deliveries are made of. */
export interface SubscriptionDeps {
  readonly db: Database
  readonly signals: Signals
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  readonly egress: Egress
  /** Undefined where no SMTP server is named: then there are no subscriptions by e-mail. */
  readonly mailer: Mailer | undefined
  readonly seal: Seal
  /** Under which address people reach this server, for links and as the `source` of events; without a last `/`. */
  readonly publicUrl: string
  readonly callerOf: CallerOf
  readonly findWorkspaceName: (reads: Reads, workspaceKey: number) => Promise<string | undefined>
  readonly promptText: PromptText
  readonly describeRun: DescribeRun
}

/**
 * What an account may do in a workspace at this moment, as a caller without a request; undefined where the account is
 * gone or disabled. Remembered by access, so it may be asked for every event. `ownerKey` null: a server without accounts.
 */
export type CallerOf = (ownerKey: number | null, workspaceKey: number) => Promise<Caller | undefined>

/**
 * A whole text of the registry, as it is now: of a model or of one of its versions the tag `key`, or the description where
 * no key is given. Events hold the first 1,000 characters, MLflow's payloads all. Undefined where it is gone.
 */
export type PromptText = (
  reads: Reads,
  workspaceKey: number,
  of: { readonly name: string; readonly version?: number; readonly key?: string },
) => Promise<string | undefined>

/** What Event Grid's envelope tells of a run, as it is now; undefined where it is gone. */
export type DescribeRun = (
  reads: Reads,
  workspaceKey: number,
  runId: string,
) => Promise<
  | {
      readonly experimentId: string
      readonly experimentName: string
      readonly status: string
      readonly tags: Readonly<Record<string, string>>
    }
  | undefined
>

import type { Caller } from '@orrery/base/kernel'
import type { Floor, Head, LoggedEvent } from '../events/index.ts'

export interface AuditQuery {
  /** Exactly, or everything below it where it ends in `/`. */
  readonly subject?: string | undefined
  readonly actor?: string | undefined
  /** Types of the catalogue, or `noun.*`. */
  readonly types?: readonly string[] | undefined
  readonly requestId?: string | undefined
  /** Milliseconds since the epoch, both inclusive. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

export interface ChainFault {
  readonly position: number
  readonly number: number
  /** `head`: the chain ends elsewhere than the head says. `anchor`: what was written outside is not in it. */
  readonly kind: 'changed' | 'missing' | 'reordered' | 'added' | 'head' | 'anchor'
  readonly says: string
}

export interface Verified {
  readonly verified: number
  /** Left out when it is through. */
  readonly nextPosition: number | undefined
  readonly head: Omit<Head, 'workspaceKey'>
  readonly floor: Omit<Floor, 'workspaceKey'>
  readonly faults: readonly ChainFault[]
}

/** What is written outside the database once a day and with each export: JSON, one file, mode 0600, never overwritten. */
export interface AnchorFile {
  readonly format: 'orrery-anchor/1'
  /** RFC 3339. */
  readonly written: string
  readonly position: number
  /** Of every workspace with events, by key. */
  readonly heads: readonly AnchoredHead[]
  /** SHA-256 of the anchor file before this one; null for the first. */
  readonly previous: string | null
}

export type AnchoredHead = Head & { readonly workspace: string }

/** An anchor that was written. */
export interface WrittenAnchor {
  /** `2026-11-21-1200.json` */
  readonly file: string
  /** SHA-256 of the file. */
  readonly digest: string
  readonly anchor: AnchorFile
}

export interface StoryLine {
  readonly event: LoggedEvent
  readonly life: number
  readonly sentence: string
}

export interface AuditHead {
  readonly head: Omit<Head, 'workspaceKey'>
  readonly floor: Omit<Floor, 'workspaceKey'>
  /** What was last written outside the database; undefined where nothing was. */
  readonly lastAnchor:
    | (Omit<Head, 'workspaceKey'> & {
        readonly file: string
        readonly writtenAt: number
        /** Whether the file is still there and as it was. */
        readonly isKept: boolean
      })
    | undefined
}

export interface Audit {
  /** Newest first. A page may be short, or empty, though more follows: then it has a token. */
  search(
    caller: Caller,
    input: AuditQuery & { readonly limit?: number | undefined; readonly pageToken?: string | undefined },
  ): Promise<{ readonly events: readonly LoggedEvent[]; readonly nextPageToken?: string }>

  /** Needs `workspace.read`: of the story one sees what one may see. */
  story(
    caller: Caller,
    input: {
      readonly subject: string
      readonly limit?: number | undefined
      readonly pageToken?: string | undefined
    },
  ): Promise<{ readonly lines: readonly StoryLine[]; readonly nextPageToken?: string }>

  /**
   * Oldest first, made while it is read, one page of 1,000 in memory. The last line is the head; an anchor is written
   * first. CSV: RFC 4180, and a value that begins with `=`, `+`, `-`, `@`, tab or CR gets a `'` before it.
   */
  export(
    caller: Caller,
    input: AuditQuery & { readonly format: 'jsonl' | 'csv'; readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array>

  verify(
    caller: Caller,
    input: { readonly fromPosition?: number | undefined; readonly anchor?: string | undefined },
  ): Promise<Verified>

  head(caller: Caller): Promise<AuditHead>
}

export const AUDIT_LIMITS = { page: 1_000, pageByDefault: 100, verified: 100_000, faults: 100 } as const

import { Readable } from 'node:stream'
import { auditRoutes } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import { type Audit, type AuditQuery, EXPORT_LINES, type StoryLine } from '@orrery/domain/governance'
import { bind, jsonAnswer, type RawAnswer } from '../kit/index.ts'
import { begun } from './begun.ts'
import { wireEvent, wireEventFor } from './wire-event.ts'

interface AskedRange {
  readonly subject?: string
  readonly actor?: string
  readonly types?: readonly string[]
  readonly request_id?: string
  readonly since?: number
  readonly until?: number
}

/** The audit log: searched, exported and checked; and the story of a thing. */
export function bindAudit(audit: Audit) {
  return bind(auditRoutes, {
    search: async (caller, { input: { limit, page_token, ...range } }) => {
      const asked = { ...rangeOf(range), limit, pageToken: page_token }
      const { events, nextPageToken } = await audit.search(caller, asked)
      return json({ events: events.map(wireEvent), next_page_token: nextPageToken })
    },
    export: async (caller, { input: { format = 'jsonl', ...range }, signal }) => {
      const lines = audit.export(caller, { ...rangeOf(range), format, signal })
      return answerExport(await begun(lines, FIRST_PAGE), format, caller.workspace.name)
    },
    verify: async (caller, { from_position, anchor }) => {
      const found = await audit.verify(caller, { fromPosition: from_position, anchor })
      const { number, position, hash, raisedAt } = found.floor
      return {
        verified: found.verified,
        next_position: found.nextPosition,
        head: wireHead(found.head),
        floor: { number, position, hash, raised_timestamp: raisedAt ?? undefined },
        faults: found.faults,
      }
    },
    heads: async (caller) => {
      const { head, floor, lastAnchor } = await audit.head(caller)
      return {
        head: wireHead(head),
        floor: wireHead(floor),
        last_anchor: lastAnchor && {
          ...wireHead(lastAnchor),
          file: lastAnchor.file,
          timestamp: lastAnchor.writtenAt,
          is_kept: lastAnchor.isKept,
        },
      }
    },
    story: async (caller, { input: { subject, limit, page_token } }) => {
      const { lines, nextPageToken } = await audit.story(caller, { subject, limit, pageToken: page_token })
      const events = lines.map((line) => wireLine(caller, line))
      return json({ subject, events, next_page_token: nextPageToken })
    },
  })
}

/** The first page is made before the answer begins: what is wrong can still be said. */
const FIRST_PAGE = { bytes: 1 }

const rangeOf = ({ request_id, ...range }: AskedRange): AuditQuery => ({ ...range, requestId: request_id })

function wireHead({ number, position, hash }: { number: number; position: number; hash: string }) {
  return { number, position, hash }
}

function wireLine(caller: Caller, { event, life, sentence }: StoryLine) {
  const approval = event.after?.approval as { request: string; requestedBy: string } | undefined
  return {
    ...wireEventFor(caller, event),
    life,
    sentence,
    approval: approval && {
      request: approval.request,
      requested_by: approval.requestedBy,
      approved_by: event.actor,
    },
  }
}

const json = (value: object) => jsonAnswer(value, { 'cache-control': 'private, no-cache' })

function answerExport(
  lines: AsyncIterable<Uint8Array>,
  format: 'jsonl' | 'csv',
  workspace: string,
): RawAnswer {
  return {
    status: 200,
    headers: {
      'content-type': EXPORT_LINES[format].type,
      'content-disposition': `attachment; filename="audit-${workspace.replace(/[^\w.-]/g, '_')}.${format}"`,
      'cache-control': 'no-store',
    },
    body: Readable.from(lines, { objectMode: false }),
  }
}

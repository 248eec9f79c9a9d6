import type { Generated } from 'kysely'

export interface EventsTables {
  outbox: {
    seq: Generated<number>
    event_id: string
    workspace_key: number
    type: string
    subject: string
    actor: string
    reason: string | null
    request_id: string
    address: string
    at: number
    before: string | null
    after: string | null
  }
}

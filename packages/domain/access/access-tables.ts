import type { Generated } from 'kysely'

export interface AccessTables {
  workspaces: {
    workspace_key: Generated<number>
    name: string
    description: string
    created_at: number
  }
  signing_keys: { purpose: string; key_hex: string }
}

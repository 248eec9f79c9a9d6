import type { IdSource } from '@orrery/base/kernel'

/** A new UUID. */
export function newWorkspaceId(ids: IdSource): string {
  return ids.hex32().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

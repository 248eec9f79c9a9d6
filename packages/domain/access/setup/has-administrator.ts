import type { Reads } from '@orrery/drivers/db'
import { anAdministrator } from '../principals/staff.ts'

/** Whether somebody manages the server and can sign in: from then on it has accounts. */
export async function hasAdministrator(reads: Reads): Promise<boolean> {
  return (await reads.first(anAdministrator, {})) !== undefined
}

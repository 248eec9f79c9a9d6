import { accessMigrations } from '@orrery/domain/access'
import { eventsMigrations } from '@orrery/domain/events'
import { governanceMigrations } from '@orrery/domain/governance'
import { registryMigrations } from '@orrery/domain/registry'
import { trackingMigrations } from '@orrery/domain/tracking'

/** The order in which modules migrate. It never changes; new modules come at the end. */
export const MIGRATIONS = [
  eventsMigrations,
  accessMigrations,
  trackingMigrations,
  registryMigrations,
  governanceMigrations,
] as const

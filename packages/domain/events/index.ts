import type { MigrationModule } from '@orrery/drivers/db'
import { outbox } from './migrations/0001-outbox.ts'

export { type Emit, makeEmit } from './emit.ts'
export type { Event, StoredEvent } from './event.ts'
export { readEvents } from './read-events.ts'

export const eventsMigrations: MigrationModule = { module: 'events', migrations: [outbox] }

import type { Anchors } from '@orrery/domain/governance'
import type { Logger } from 'pino'
import { startRepeating } from './repeat.ts'

/** It writes once a day; between, a look at the last one is a row. */
const LOOK_EVERY_MS = 3_600_000

/** The start itself is for those who wait for it. */
const FIRST_LOOK_MS = 60_000

/**
 * Writes the heads of the audit log outside the database once a day, and soon after the start where that is longer ago.
 * Each is in the server's own log as well, which is often kept elsewhere.
 *
 * @returns ends it; waits for one that is being written
 */
export function startAnchoring(
  { writeIfDue }: Pick<Anchors, 'writeIfDue'>,
  log: Logger,
): () => Promise<void> {
  return startRepeating({
    everyMs: LOOK_EVERY_MS,
    firstAfterMs: FIRST_LOOK_MS,
    async step() {
      const written = await writeIfDue()
      if (written === undefined) return
      const { file, digest, anchor } = written
      const heads = anchor.heads.map(({ workspace, number, hash }) => ({ workspace, number, hash }))
      log.info({ file, digest, position: anchor.position, heads }, 'the heads of the audit log were written')
    },
    failed(error) {
      log.error({ err: error }, 'the heads of the audit log could not be written; trying again in an hour')
    },
  })
}

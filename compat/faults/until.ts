import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Only what will never come is given up: a loaded machine takes many times as long as an idle one. */
const PATIENCE_MS = 180_000
const LOOK_EVERY_MS = 10

/** Waits for what another process will do. Fails with the condition if it does not come. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !(await isSo()); ) {
    assert.ok(performance.now() < deadline, `waited ${PATIENCE_MS / 1000} s in vain for ${isSo}`)
    await sleep(LOOK_EVERY_MS)
  }
}

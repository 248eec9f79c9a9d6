import type { Caller } from '@orrery/base/kernel'
import type { Body, Expectation } from '@orrery/drivers/artifacts'
import type { TrackingDeps } from '../deps.ts'

/** How far a body of unknown length may run ahead of the question whether it fits. */
const STEP_BYTES = 8 * 1024 * 1024

/**
 * The same bytes, as long as they fit into the workspace. Where the sender told the length it is asked once, before the
 * first byte; else on the way.
 *
 * @param replaces size of the file that goes for it
 * @throws QUOTA_EXCEEDED, at once or from the body
 */
export async function fittingBody(
  { meter }: Pick<TrackingDeps, 'meter'>,
  caller: Caller,
  body: Body,
  expect?: Expectation,
  replaces = 0,
): Promise<Body> {
  if (expect?.size !== undefined) {
    await meter.mustFit(caller, 'artifact-bytes', expect.size - replaces)
    return body
  }
  async function* asFarAsItFits(): AsyncGenerator<Uint8Array> {
    let received = 0
    let asked = 0
    for await (const chunk of body) {
      received += chunk.length
      if (received > asked) {
        await meter.mustFit(caller, 'artifact-bytes', received - replaces)
        asked = received + STEP_BYTES
      }
      yield chunk
    }
  }
  const release = body.release
  return release === undefined
    ? asFarAsItFits()
    : Object.assign(asFarAsItFits(), { release: (chunk: Uint8Array) => release.call(body, chunk) })
}

import { setImmediate as letOthers } from 'node:timers/promises'
import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import { type Body, type Expectation, MAX_PARTS, type PartReference } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findReplaceable } from './ask-holds.ts'
import { fittingBody } from './fitting-body.ts'
import { grantee } from './grants.ts'
import type { SignedAccess } from './presign.ts'
import type { RecordFile } from './record-file.ts'
import { findFilePath, recordOrRepeat } from './write-artifact.ts'

/** A slow line needs a day for a large file; its parts are asked for at the start. */
const PART_LIFE_MS = 86_400_000
/** Beyond this an upload that nobody touches is collected; its id lives as long. */
export const ABANDONED_AFTER_MS = 7 * 86_400_000

/** A signature costs about 10 µs, and nobody should wait for 10,000 of them. */
const SIGNED_AT_ONCE = 250

interface PartAccess {
  readonly number: number
  readonly access: SignedAccess
}

/**
 * Uploads in parts. What the client holds as upload id is a grant that names the store's own id, the path and the
 * number of parts, so the server keeps no state of its own about uploads.
 */
export function makeUploads(deps: ArtifactDeps, { recordWritten }: RecordFile) {
  const { store, grants } = deps

  /** @param partCount 1 to 10,000 */
  async function createUpload(
    caller: Caller,
    path: string,
    partCount: number,
  ): Promise<{ uploadId: string; parts: PartAccess[] }> {
    if (!Number.isInteger(partCount) || partCount < 1 || partCount > MAX_PARTS) {
      throw invalid(`num_parts must be between 1 and ${MAX_PARTS} (got ${partCount}).`)
    }
    const file = await findFilePath(deps, caller, path)
    // Before gigabytes are sent that could never take their place.
    await findReplaceable(deps, caller, file)
    const { key } = file
    const upload = await store.createMultipart(key)
    const parts: PartAccess[] = []
    for (let number = 1; number <= partCount; number++) {
      parts.push({ number, access: await accessToPart(caller, path, key, upload, number) })
      if (number % SIGNED_AT_ONCE === 0) await letOthers()
    }
    const claims = { may: 'finish-upload', path, upload, parts: partCount } as const
    return { uploadId: grants.sign(caller, claims, ABANDONED_AFTER_MS), parts }
  }

  async function accessToPart(caller: Caller, path: string, key: string, upload: string, part: number) {
    if (!store.can.presign) {
      return { grant: grants.sign(caller, { may: 'put-part', path, upload, part }, PART_LIFE_MS) }
    }
    const expiresInSeconds = PART_LIFE_MS / 1000
    return store.presign({ method: 'PUT', key, expiresInSeconds, part: { uploadId: upload, number: part } })
  }

  async function putPart(asking: Caller, grant: string, body: Body, expect?: Expectation) {
    const signed = grants.read(grant, 'put-part')
    const caller = await grantee(deps, asking, signed)
    const { key } = await findFilePath(deps, caller, signed.path)
    const fitting = await fittingBody(deps, caller, body, expect)
    return store.putPart(key, signed.upload, signed.part, fitting, expect)
  }

  /** Throws INVALID_PARAMETER_VALUE unless exactly the parts of `createUpload` are named, each once. */
  async function completeUpload(
    caller: Caller,
    path: string,
    uploadId: string,
    parts: readonly PartReference[],
  ): Promise<void> {
    const { upload, parts: count } = finishing(caller, path, uploadId)
    const named = new Set(parts.map(({ number }) => number))
    if (
      parts.length !== count ||
      named.size !== count ||
      !parts.every(({ number }) => number >= 1 && number <= count)
    ) {
      throw invalid(
        `The upload has ${count} parts; name each of 1 to ${count} once (${parts.length} were named).`,
      )
    }
    const file = await findFilePath(deps, caller, path)
    await findReplaceable(deps, caller, file)
    const written = await store.completeMultipart(file.key, upload, parts)
    await recordOrRepeat(deps, file, () => recordWritten(caller, file, path, written))
  }

  async function abortUpload(caller: Caller, path: string, uploadId: string): Promise<void> {
    const { upload } = finishing(caller, path, uploadId)
    const { key } = await findFilePath(deps, caller, path)
    await store.abortMultipart(key, upload)
  }

  function finishing(caller: Caller, path: string, uploadId: string) {
    const signed = grants.read(uploadId, 'finish-upload')
    if (signed.path === path && signed.workspace.key === caller.workspace.key) return signed
    throw new Problem('INVALID_PARAMETER_VALUE', `upload_id belongs to another artifact than '${path}'.`)
  }

  /** For a loop: forgets uploads that nobody has touched for a week. @returns how many */
  const collectUploads = () => store.collectAbandoned(ABANDONED_AFTER_MS)

  return { createUpload, putPart, completeUpload, abortUpload, collectUploads }
}

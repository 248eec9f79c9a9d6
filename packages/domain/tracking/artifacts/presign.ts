import { type Caller, invalid, missing } from '@orrery/base/kernel'
import type { Body, Expectation, OpenFile, WrittenFile } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findReadable } from './find-readable.ts'
import { grantee } from './grants.ts'
import type { makeOpenArtifact } from './open-artifact.ts'
import { findFilePath, type makeWriteArtifact } from './write-artifact.ts'

/** How to reach bytes without credentials: at the store itself, or with a grant at this server. */
export type SignedAccess =
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly grant: string }

/** Longer than a week is refused by S3 and GCS, and by MLflow. */
const MAX_LIFE_SECONDS = 604_800

interface Verbs {
  readonly openArtifact: ReturnType<typeof makeOpenArtifact>
  readonly writeArtifact: ReturnType<typeof makeWriteArtifact>
}

export function makePresign(deps: ArtifactDeps, { openArtifact, writeArtifact }: Verbs) {
  const { db, store, grants } = deps

  /** Throws RESOURCE_DOES_NOT_EXIST where there is no such file. */
  async function presignDownload(
    caller: Caller,
    path: string,
    lifeSeconds: number,
  ): Promise<{ access: SignedAccess; size: number }> {
    checkLife(lifeSeconds)
    const { key } = await findReadable(deps, caller, path)
    const facts = await store.stat(key)
    if (facts === undefined) throw missing(`No such artifact: '${path}'.`)
    const access = store.can.presign
      ? await store.presign({ method: 'GET', key, expiresInSeconds: lifeSeconds })
      : { grant: grants.sign(caller, { may: 'get', path }, lifeSeconds * 1000) }
    return { access, size: facts.size }
  }

  /** Always at this server, which has to learn that the file is whole. */
  async function presignUpload(caller: Caller, path: string, lifeSeconds: number): Promise<SignedAccess> {
    checkLife(lifeSeconds)
    await findFilePath({ db }, caller, path)
    return { grant: grants.sign(caller, { may: 'put', path }, lifeSeconds * 1000) }
  }

  async function openGranted(asking: Caller, grant: string): Promise<{ file: OpenFile; path: string }> {
    const signed = grants.read(grant, 'get')
    return { file: await openArtifact(await grantee(deps, asking, signed), signed.path), path: signed.path }
  }

  async function writeGranted(
    asking: Caller,
    grant: string,
    body: Body,
    expect?: Expectation,
  ): Promise<WrittenFile> {
    const signed = grants.read(grant, 'put')
    return writeArtifact(await grantee(deps, asking, signed), signed.path, body, expect)
  }

  return { presignDownload, presignUpload, openGranted, writeGranted }
}

function checkLife(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_LIFE_SECONDS) return
  throw invalid(`expiration must be between 1 and ${MAX_LIFE_SECONDS} seconds (got ${seconds}).`)
}

import type { artifactRoutes } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import { type Artifacts, below, type OwnerId, parseArtifactPath } from '@orrery/domain/tracking'
import { type Bindings, jsonAnswer, type RawAnswer, type RawRequest } from '../kit/index.ts'
import type { AddressOf } from './artifact-addresses.ts'
import { answerFile } from './artifact-download.ts'

/** What the routes of artifacts are bound to. */
export interface ArtifactMeans {
  readonly artifacts: Artifacts
  readonly addressOf: AddressOf
}

/** The bindings of some of the routes. */
export type Handlers<Names extends keyof typeof artifactRoutes> = Pick<Bindings<typeof artifactRoutes>, Names>

export async function download(
  artifacts: Artifacts,
  caller: Caller,
  path: string,
  request: RawRequest<unknown>,
): Promise<RawAnswer> {
  return answerFile(await artifacts.openArtifact(caller, path), path, request)
}

/** MLflow answers an upload with nothing; the etag is what uploads in parts are completed with. */
export function written({ etag }: { readonly etag: string }): RawAnswer {
  return { status: 200, headers: { etag: `"${etag}"` } }
}

/** Signed addresses are secrets: nobody between here and the client may keep them. */
export function secretJson(value: unknown): RawAnswer {
  return jsonAnswer(value, { 'cache-control': 'no-store' })
}

/** A path in a run or logged model, as the store has it. The path is checked before anything is looked up. */
export async function pathIn(
  artifacts: Artifacts,
  caller: Caller,
  of: OwnerId,
  given: string,
): Promise<string> {
  const path = parseArtifactPath(given)
  return below(await artifacts.findRoot(caller, of), path)
}

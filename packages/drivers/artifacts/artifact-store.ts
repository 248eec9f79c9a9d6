import type { Readable } from 'node:stream'

/** What an implementation can do beyond the promises below. Callers branch on these, never on the class. */
export interface StoreCapabilities {
  /**
   * The store itself answers requests that carry its signature (S3, Azure Blob, GCS). Where it does not, the
   * server signs addresses of its own.
   */
  readonly presign: boolean
}

/** What a store knows of a file without reading it. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number
  /** Opaque, without quotes; differs between any two contents that ever stood under one key. */
  readonly etag: string
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number
}

/** A file that has just become visible. */
export interface WrittenFile extends FileFacts {
  /** Lower-case hex. `null` where the store cannot tell without reading the file again (multipart on S3). */
  readonly sha256: string | null
}

/** What the sender said about the bytes. If one of these does not hold, nothing is stored. */
export interface Expectation {
  /** Bytes. */
  readonly size?: number
  /** Lower-case hex. */
  readonly sha256?: string
  /** Lower-case hex. */
  readonly md5?: string
}

/** The bytes of a file to come. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Hears of each chunk that is not looked at again, so that its memory need not wait for the garbage collector. */
  readonly release?: (chunk: Uint8Array) => void
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A file held for reading: whatever happens to its key, `bytes` gives the content that `facts` describe. */
export interface OpenFile {
  readonly facts: FileFacts
  /**
   * Call it at most once. Ending or destroying the stream releases the file. The range must lie inside the file.
   *
   * @param how.toPipe the chunks will be piped and not kept, so a few buffers may be used over and over
   */
  bytes(range?: ByteRange, how?: { readonly toPipe?: boolean }): Readable
  /** Releases the file when `bytes` is not wanted. */
  close(): Promise<void>
}

/** A direct child of a folder. */
export type Entry =
  | { readonly kind: 'folder'; readonly name: string }
  | ({ readonly kind: 'file'; readonly name: string } & FileFacts)

export interface Page {
  readonly entries: readonly Entry[]
  /** Pass it as `after` for the next page; absent on the last. */
  readonly next?: string
}

export interface FoundFile extends FileFacts {
  readonly key: string
}

export interface PartReference {
  /** 1 to 10,000. */
  readonly number: number
  /** As `putPart` returned it. */
  readonly etag: string
}

export interface PresignedRequest {
  readonly url: string
  /** To be sent with the request as they are. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * A place that keeps files under slash-separated keys.
 *
 * A key has segments of 1 to 255 bytes of UTF-8, 1,024 bytes in all; no segment is `.` or `..` or holds `/`,
 * `\` or a control character, and the first does not start with a dot. Anything else is
 * INVALID_PARAMETER_VALUE. Keys that differ in a byte are different keys: where the place below cannot tell
 * them apart, the second is refused with RESOURCE_CONFLICT, never mixed with the first.
 *
 * Folders are not made: one exists as long as a file lies below it. A key cannot be a file and a folder at the
 * same time (RESOURCE_CONFLICT). Stores without folders of their own look for such a clash before they write,
 * which two writers of the same moment can slip past.
 *
 * Nothing here needs rename, append or real folders, so that object stores can keep these promises.
 */
export interface ArtifactStore {
  readonly can: StoreCapabilities

  /**
   * Replaces silently. After it resolves the file is whole, visible and would survive power loss; if it
   * rejects, the key is as it was before. Of two writers at once one wins, whole. Memory does not grow with
   * the size. To break off, let `body` throw; a chunk must not be changed after it was handed over.
   */
  write(key: string, body: Body, expect?: Expectation): Promise<WrittenFile>

  /** Rejects with RESOURCE_DOES_NOT_EXIST before the first byte, never half way through. */
  open(key: string): Promise<OpenFile>

  /** Undefined where there is no file. */
  stat(key: string): Promise<FileFacts | undefined>

  /**
   * Direct children of a folder by the bytes of their names; `''` is the root. What does not exist lists as
   * empty, and so does a file. Memory grows with `limit`, not with the folder.
   * @param page.after only names greater than this one
   */
  list(folder: string, page: { readonly after?: string; readonly limit: number }): Promise<Page>

  /** Every file below a folder, in no promised order, while others may write. */
  walk(folder: string): AsyncIterable<FoundFile>

  /** @returns whether there was such a file */
  delete(key: string): Promise<boolean>

  /** Removes up to `limit` files below a folder. Repeat until `done`. */
  deleteFolder(
    folder: string,
    slice: { readonly limit: number },
  ): Promise<{ readonly files: number; readonly bytes: number; readonly done: boolean }>

  /** As `write`, from another key. Rejects with RESOURCE_DOES_NOT_EXIST if there is no such file. */
  copy(from: string, to: string): Promise<WrittenFile>

  /** Opens an upload in parts. Throws REQUEST_LIMIT_EXCEEDED while too many are open. @returns its id */
  createMultipart(key: string): Promise<string>

  /** Keeps one part, 1 to 10,000; a repeated number replaces. Throws RESOURCE_DOES_NOT_EXIST for an upload that is not open. */
  putPart(
    key: string,
    uploadId: string,
    number: number,
    body: Body,
    expect?: Expectation,
  ): Promise<{ readonly etag: string; readonly size: number }>

  /**
   * Makes one file of the parts, in the order of their numbers, with the promises of `write`. The same call
   * again gives the same answer. Throws INVALID_PARAMETER_VALUE for no parts, a number twice, or a part that is
   * not there with that etag, and RESOURCE_DOES_NOT_EXIST for an upload that was aborted.
   */
  completeMultipart(key: string, uploadId: string, parts: readonly PartReference[]): Promise<WrittenFile>

  /** Forgets an upload and its parts; one that is gone already is fine. */
  abortMultipart(key: string, uploadId: string): Promise<void>

  /** Aborts uploads that nobody has touched for so long. @returns how many */
  collectAbandoned(untouchedForMs: number): Promise<number>

  /** An address at which the store itself takes or gives the bytes. Throws NOT_IMPLEMENTED unless `can.presign`. */
  presign(request: {
    readonly method: 'GET' | 'PUT'
    readonly key: string
    readonly expiresInSeconds: number
    readonly part?: { readonly uploadId: string; readonly number: number }
  }): Promise<PresignedRequest>

  /** Lets go of what it holds. Running writes fail. */
  close(): Promise<void>
}

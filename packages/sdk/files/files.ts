import type { Calls } from '../calls.ts'
import type { Connection } from '../connection.ts'
import { type Download, type DownloadOptions, makeDownload } from './download.ts'
import { type FileOwner, makeFindRoot } from './find-root.ts'
import { type FileEntry, type ListOptions, makeList } from './list.ts'
import { type FileBody, makeUpload, type UploadedFile, type UploadOptions } from './upload.ts'
import { makeUploadMany, type NewFile, type UploadedFiles, type UploadManyOptions } from './upload-many.ts'

/** Files of runs and logged models. Paths are relative to their owner, with `/` between folders. */
export interface Files {
  /**
   * Stores a file, whole or not at all; a file of that path is replaced. Blobs and bytes above 64 MiB go in parts, four
   * at a time, each repeated by itself. A bare stream is sent once, in one piece.
   */
  upload(owner: FileOwner, path: string, body: FileBody, options?: UploadOptions): Promise<UploadedFile>

  /**
   * Stores many files, several at a time. The first failure ends those under way and names its file; what was stored
   * before it stays.
   */
  uploadMany(
    owner: FileOwner,
    files: Iterable<NewFile> | AsyncIterable<NewFile>,
    options?: UploadManyOptions,
  ): Promise<UploadedFiles>

  /**
   * Opens a file. Its stream goes on where it was when the connection breaks, and fails with RESOURCE_CONFLICT if the
   * file was replaced meanwhile: what has come is never of two files.
   */
  download(owner: FileOwner, path: string, options?: DownloadOptions): Promise<Download>

  /** The entries of a folder, of the root if none is given; with `recursive` the files below it instead of its folders. */
  list(owner: FileOwner, folder?: string, options?: ListOptions): AsyncIterable<FileEntry>
}

export function makeFiles(calls: Calls, connection: Connection): Files {
  const findRoot = makeFindRoot(calls, connection.workspace)
  const upload = makeUpload(calls, connection, findRoot)
  return {
    upload,
    uploadMany: makeUploadMany(upload),
    download: makeDownload(calls, connection, findRoot),
    list: makeList(calls),
  }
}

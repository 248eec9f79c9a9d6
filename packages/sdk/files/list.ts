import type { CallOptions } from '../call.ts'
import type { Calls } from '../calls.ts'
import type { FileOwner } from './find-root.ts'

export interface FileEntry {
  /** Relative to the run or logged model. */
  readonly path: string
  readonly is_dir: boolean
  /** Bytes; left out for folders and, as in MLflow, for empty files. */
  readonly file_size?: number | undefined
}

export interface ListOptions extends CallOptions {
  readonly recursive?: boolean | undefined
}

export function makeList(calls: Calls) {
  return async function* list(
    owner: FileOwner,
    folder = '',
    options: ListOptions = {},
  ): AsyncGenerator<FileEntry, void, undefined> {
    const { recursive, ...others } = options
    let token: string | undefined
    do {
      const page = await readPage(calls, owner, folder, token, others)
      for (const entry of page.files ?? []) {
        if (recursive && entry.is_dir) yield* list(owner, entry.path, options)
        else yield entry
      }
      token = page.next_page_token
    } while (token !== undefined && token !== '')
  }
}

function readPage(
  { artifacts }: Calls,
  owner: FileOwner,
  folder: string,
  page_token: string | undefined,
  options: CallOptions,
) {
  const page = page_token === undefined ? {} : { page_token }
  if ('run_id' in owner) {
    return artifacts.list({ ...owner, ...(folder === '' ? {} : { path: folder }), ...page }, options)
  }
  const where = folder === '' ? {} : { artifact_directory_path: folder }
  return artifacts.listOfModel({ ...owner, ...where, ...page }, options)
}

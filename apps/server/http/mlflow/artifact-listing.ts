import { Readable } from 'node:stream'
import type { Entry, Page } from '@orrery/drivers/artifacts'
import type { RawAnswer } from '../kit/index.ts'

/** Entries that are held at a time. A folder of a million needs fifty looks at it, and no more memory than this. */
export const LISTING_PAGE = 20_000

type NextPage = (page: { after?: string; limit: number }) => Promise<Page>

/** As in MLflow, folders and empty files have no size. */
export function wireFile(entry: Entry, folder = '') {
  const size = entry.kind === 'file' && entry.size > 0 ? { file_size: entry.size } : {}
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`
  return { path, is_dir: entry.kind === 'folder', ...size }
}

/** A whole folder in one answer, as MLflow's proxy gives it: in one piece if it is short, as a stream if not. */
export async function answerListing(list: NextPage): Promise<RawAnswer> {
  const first = await list({ limit: LISTING_PAGE })
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  if (first.next !== undefined) return { status: 200, headers, body: Readable.from(pieces(first, list)) }
  const files = first.entries.map((entry) => wireFile(entry))
  return { status: 200, headers, body: JSON.stringify(files.length === 0 ? {} : { files }) }
}

async function* pieces(first: Page, list: NextPage): AsyncGenerator<string> {
  let opening = '{"files":['
  for (let page: Page | undefined = first; page !== undefined; ) {
    yield opening + page.entries.map((entry) => JSON.stringify(wireFile(entry))).join(',')
    opening = ','
    page = page.next === undefined ? undefined : await list({ after: page.next, limit: LISTING_PAGE })
    if (page?.entries.length === 0) page = undefined
  }
  yield ']}'
}

/** A page token is the last name of the page before. It is no secret, and an invented one only skips names. */
export const writeToken = (next: string | undefined) =>
  next === undefined ? undefined : Buffer.from(next).toString('base64url')

export const readToken = (token: string | undefined) =>
  token === undefined || token === '' ? {} : { after: Buffer.from(token, 'base64url').toString() }

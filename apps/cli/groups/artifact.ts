import { resolve } from 'node:path'
import type { FileOwner } from '@orrery/sdk'
import { command, group } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { downloadAll, type RemoteFile } from '../files/download-all.ts'
import { localFiles } from '../files/local-files.ts'
import { OF_EXPERIMENT, RUN, runIdOf } from './find-run.ts'

const OWNER = { owner: { says: `${RUN} Or the id of a logged model, \`m-…\`.` } } as const
const OPTIONS = { experiment: OF_EXPERIMENT } as const

const list = command({
  name: 'list',
  summary: 'Lists the files and folders of a run or logged model.',
  args: { ...OWNER, path: { says: 'A folder; the root if not given.', optional: true } },
  options: { ...OPTIONS, recursive: { short: 'r', says: 'All files below it.' } },
  examples: [
    { line: 'artifact list 5b1f0c', says: 'What lies at the top.' },
    { line: 'artifact list 5b1f0c model -r --query "[].path" -o tsv', says: 'Every path below model/.' },
  ],
  rows: '@',
  columns: [
    { title: 'Path', path: 'path' },
    { title: 'Folder', path: 'is_dir' },
    { title: 'Size', path: 'file_size', as: 'bytes' },
  ],
  async run(context, { owner, path = '', experiment, recursive }) {
    const whose = await ownerOf(context, owner, experiment)
    const { files } = await context.orrery()
    const found = []
    for await (const entry of files.list(whose, trimmed(path), { recursive, signal: context.signal }))
      found.push(entry)
    return found
  },
})

const upload = command({
  name: 'upload',
  summary: 'Uploads a file, or a folder with all that is in it.',
  args: { ...OWNER, source: { says: 'A file or folder of this machine; links are left out.' } },
  options: {
    ...OPTIONS,
    to: { value: 'text', shown: 'FOLDER', says: 'Where it goes; the root if not given.' },
  },
  examples: [
    { line: 'artifact upload 5b1f0c report.html', says: 'One file.' },
    { line: 'artifact upload 5b1f0c plots --to plots', says: 'A folder.' },
  ],
  async run(context, { owner, source, experiment, to = '' }) {
    const { orrery, folder, say, signal } = context
    const whose = await ownerOf(context, owner, experiment)
    const skipped = (place: string) => say(`Left out: ${place} is no plain file.`)
    const files = localFiles(resolve(folder, source), trimmed(to), skipped)
    return (await orrery()).files.uploadMany(whose, files, { signal })
  },
})

const download = command({
  name: 'download',
  summary: 'Downloads a file, or a folder with all that is in it. Each file appears whole or not at all.',
  args: { ...OWNER, path: { says: 'A file or folder; everything if not given.', optional: true } },
  options: {
    ...OPTIONS,
    to: { value: 'text', shown: 'FOLDER', says: 'Where it goes; this folder if not given.' },
    force: { says: 'Replaces files that are there.' },
  },
  examples: [
    {
      line: 'artifact download 5b1f0c model --to downloads',
      says: 'downloads/model/MLmodel and what else there is.',
    },
    { line: 'artifact download 5b1f0c report.html --force', says: 'Replaces the one of last time.' },
  ],
  async run(context, { owner, path = '', experiment, to = '.', force }) {
    const { folder, signal } = context
    const whose = await ownerOf(context, owner, experiment)
    const target = resolve(folder, to)
    const count = await downloadAll(target, remoteFiles(context, whose, trimmed(path)), { force, signal })
    return { files: count, folder: target }
  },
})

async function* remoteFiles(
  { orrery, signal }: Context,
  owner: FileOwner,
  path: string,
): AsyncGenerator<RemoteFile, void, undefined> {
  const { files } = await orrery()
  const fileAt = (at: string): RemoteFile => ({
    path: at,
    open: async (either) => (await files.download(owner, at, { signal: either })).body,
  })
  let count = 0
  for await (const entry of files.list(owner, path, { recursive: true, signal })) {
    count++
    yield fileAt(entry.path)
  }
  if (count > 0) return
  if (path === '') throw new CliError('NOT_FOUND', `${Object.values(owner)[0]} has no files.`)
  yield fileAt(path)
}

async function ownerOf(context: Context, text: string, experiment: string | undefined): Promise<FileOwner> {
  return text.startsWith('m-') ? { model_id: text } : { run_id: await runIdOf(context, text, experiment) }
}

const trimmed = (path: string) => path.replace(/^\/+|\/+$/g, '')

export const artifact = group('artifact', [list, upload, download])

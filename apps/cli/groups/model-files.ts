import { openAsBlob } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { downloadAll, type RemoteFile } from '../files/download-all.ts'
import { writeFileWhole } from '../files/write-file.ts'
import { VERSION, type Version, versionOf } from './find-version.ts'

export const downloadVersion = command({
  name: 'download',
  summary: 'Downloads the files of a version as they were registered. Each appears whole or not at all.',
  args: { version: { says: VERSION } },
  options: {
    to: { value: 'text', shown: 'FOLDER', says: 'Where they go; a folder of the model’s name if not given.' },
    force: { says: 'Replaces files that are there.' },
  },
  examples: [{ line: 'model download fraud@champion --to model', says: 'What is in use.' }],
  async run(context, given) {
    const version = await versionOf(context, given.version)
    const target = resolve(context.folder, given.to ?? version.name)
    const { force } = given
    const files = await downloadAll(target, filesOf(context, version), { force, signal: context.signal })
    return { ...version, files, folder: target }
  },
})

async function* filesOf(
  { orrery, signal }: Context,
  version: Version,
): AsyncGenerator<RemoteFile, void, undefined> {
  const client = await orrery()
  let page_token: string | undefined
  do {
    const page = await client.registry.listManifest({ ...version, page_token }, { signal })
    if (page.manifest.state !== 'complete') {
      throw new CliError(
        'STATE',
        `The files of ${version.name}/${version.version} are not known to the server: ${page.manifest.state}.`,
      )
    }
    for (const { path } of page.files) {
      yield {
        path,
        open: async (either) => {
          const { body } = await client.modelVersions.getArtifact({ ...version, path }, { signal: either })
          return body ?? new Blob().stream()
        },
      }
    }
    page_token = page.next_page_token
  } while (page_token !== undefined)
}

export const exportModel = command({
  name: 'export',
  summary: 'Writes a model with all its versions, or one version, into a tar archive.',
  args: { model: { says: `Name of a model, or a version: ${VERSION}` } },
  options: {
    to: { value: 'text', shown: 'FILE', required: true, says: 'Where; appears whole or not at all.' },
    force: { says: 'Replaces a file that is there.' },
  },
  examples: [
    { line: 'model export fraud --to fraud.tar', says: '`orrery model import fraud.tar` at another server.' },
  ],
  async run(context, { model, to, force }) {
    const { orrery, folder, signal } = context
    const path = resolve(folder, to)
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    )
    if (isThere && !force)
      throw new CliError('STATE', `${path} is there already.`, 'Pass --force to replace it.')
    const client = await orrery()
    const answer = /[/@]/.test(model)
      ? await client.registry.exportVersion(await versionOf(context, model), { signal })
      : await client.registry.exportModel({ name: model }, { signal })
    await writeFileWhole(path, answer.body ?? new Blob().stream(), signal)
    return { path }
  },
})

export const importModel = command({
  name: 'import',
  summary: 'Makes versions of a tar archive: all of them or none.',
  args: { file: { says: 'The archive.' } },
  options: {
    name: { value: 'text', says: 'The model to import it by; the one in the archive if not given.' },
  },
  examples: [{ line: 'model import fraud.tar --name fraud-copy', says: 'Beside the one there is.' }],
  rows: 'versions',
  columns: [
    { title: 'In the archive', path: 'archived' },
    { title: 'Version', path: 'version' },
  ],
  async run({ orrery, folder, signal }, { file, name }) {
    const path = resolve(folder, file)
    const archive = await openAsBlob(path).catch((error: NodeJS.ErrnoException) => {
      throw new CliError('USAGE', `${path} cannot be read.`, undefined, error)
    })
    const asked = name === undefined ? {} : { name }
    return (await orrery()).registry.importArchive(asked, { signal, body: archive, timeoutMs: 0 })
  },
})

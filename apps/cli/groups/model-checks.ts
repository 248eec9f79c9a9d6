import { command } from '../command.ts'
import { Failed } from '../exit-codes.ts'
import { VERSION, versionOf } from './find-version.ts'

export const checkVersion = command({
  name: 'check',
  summary: 'Compares the files of a version with its manifest; ends with 10 if they differ.',
  args: { version: { says: VERSION } },
  options: { deep: { says: 'Reads every byte in the store, not only the records.' } },
  examples: [{ line: 'model check fraud@champion --deep', says: 'Before it is used.' }],
  async run(context, given) {
    const version = await versionOf(context, given.version)
    const client = await context.orrery()
    const asked = given.deep ? { ...version, deep: true } : version
    const found = await client.registry.checkManifest(asked, { signal: context.signal })
    const differences = found.missing.length + found.changed.length + found.added.length
    if (differences === 0) return found
    throw new Failed(
      `${differences} files of ${version.name}/${version.version} are not as they were registered.`,
      found,
    )
  },
})

export const compareVersions = command({
  name: 'compare',
  summary: 'Shows two versions side by side: metrics, params, tags, requirements, signature and files.',
  args: { left: { says: VERSION }, right: { says: 'Another one.' } },
  examples: [
    { line: 'model compare fraud@champion fraud/latest --query metrics -o table', says: 'Is it better?' },
  ],
  async run(context, given) {
    const left = await versionOf(context, given.left)
    const right = await versionOf(context, given.right)
    return (await context.orrery()).registry.compare({ left, right }, { signal: context.signal })
  },
})

export const where = command({
  name: 'used',
  summary: 'Says who and what hangs on a version: aliases, copies, runs.',
  args: { version: { says: VERSION } },
  examples: [{ line: 'model used fraud/3', says: 'Before it is deleted.' }],
  async run(context, { version }) {
    const client = await context.orrery()
    return client.registry.whereUsed(await versionOf(context, version), { signal: context.signal })
  },
})

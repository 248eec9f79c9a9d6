import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { command, group } from '../command.ts'
import { CliError } from '../exit-codes.ts'
import { cannotWrite } from '../files/file-trouble.ts'
import { makeFolder } from '../files/make-folder.ts'

const COLUMNS = [
  { title: 'Name', path: 'name' },
  { title: 'Description', path: 'description' },
  { title: 'Made', path: 'creation_timestamp', as: 'time' },
] as const

const NAME = { name: { says: 'Its name; the one you work in if not given.', optional: true } } as const

const list = command({
  name: 'list',
  summary: 'Lists the workspaces in which you have a role.',
  examples: [
    { line: 'workspace list', says: 'All of them, by name.' },
    { line: 'workspace list --query "[].name" -o tsv', says: 'Their names, for a script.' },
  ],
  rows: '@',
  columns: COLUMNS,
  async run({ orrery, signal }) {
    return (await (await orrery()).workspaces.list({}, { signal })).workspaces
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a workspace with all its properties.',
  args: NAME,
  examples: [
    {
      line: 'workspace show --query mlflow_tracking_uri -o tsv',
      says: 'The address for `mlflow.set_tracking_uri`.',
    },
  ],
  async run({ orrery, settings, signal }, { name = settings.workspace }) {
    return (await (await orrery()).workspaces.get({ name }, { signal })).workspace
  },
})

const create = command({
  name: 'create',
  summary: 'Makes a workspace. For administrators.',
  args: { name: { says: '2 to 63 of a-z, 0-9 and inner hyphens.' } },
  options: { description: { value: 'text', says: 'What it is for.' } },
  examples: [
    { line: 'workspace create vision --description Cameras', says: 'A workspace for one team.' },
    {
      line: 'workspace create vision -f workspace.yml --set location=basement',
      says: 'With properties of a file.',
    },
  ],
  takesFile: true,
  async run({ orrery, message, signal }, { name, description }) {
    const told = { ...(await message('workspaces.create')), name }
    const asked = description === undefined ? told : { ...told, description }
    return (await (await orrery()).workspaces.create(asked, { signal })).workspace
  },
})

const update = command({
  name: 'update',
  summary: 'Changes properties of a workspace.',
  args: NAME,
  options: { description: { value: 'text', says: 'What it is for.' } },
  examples: [
    { line: 'workspace update vision --set max_token_life_ms=86400000', says: 'Tokens live a day at most.' },
  ],
  takesFile: true,
  async run({ orrery, message, settings, signal }, { name = settings.workspace, description }) {
    const told = { ...(await message('workspaces.update')), name }
    const asked = description === undefined ? told : { ...told, description }
    return (await (await orrery()).workspaces.update(asked, { signal })).workspace
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes a workspace with everything in it, for good.',
  args: { name: { says: 'Its name.' } },
  examples: [
    { line: 'workspace losses vision', says: 'What would be lost.' },
    { line: 'workspace delete vision', says: 'Asks first.' },
  ],
  destroys: true,
  async run({ orrery, confirm, say, signal }, { name }) {
    await confirm(`Delete the workspace '${name}' with all experiments, models and files, for good?`)
    await (await orrery()).workspaces.delete({ name, confirm: name }, { signal })
    say(`Deleted '${name}'.`)
  },
})

const setArchived = (verb: 'archive' | 'restore', archived: boolean, summary: string) =>
  command({
    name: verb,
    summary,
    args: { name: { says: 'Its name.' } },
    examples: [
      { line: `workspace ${verb} vision`, says: archived ? 'Nothing in it changes any more.' : 'As before.' },
    ],
    async run({ orrery, signal }, { name }) {
      return (await (await orrery()).workspaces.setArchived({ name, archived }, { signal })).workspace
    },
  })

const getKeys = command({
  name: 'get-keys',
  summary: 'Makes a tracking credential: what a notebook needs for an hour.',
  args: NAME,
  options: { hours: { value: 'number', says: 'How long it lives; 1 at most and if not given.' } },
  examples: [
    {
      line: 'workspace get-keys --query token -o tsv',
      says: 'For MLFLOW_TRACKING_TOKEN of a script that shall hold no long-lived token.',
    },
  ],
  async run({ orrery, settings, signal }, { name = settings.askedWorkspace, hours }) {
    const asked = hours === undefined ? {} : { life_ms: Math.round(hours * 3_600_000) }
    return (await orrery()).tokens.createTracking(asked, { signal, workspace: name })
  },
})

const config = command({
  name: 'config',
  summary: 'Writes the config.json that `Workspace.from_config()` reads.',
  args: NAME,
  options: {
    to: { value: 'text', shown: 'FILE', says: 'Where; config.json in this folder if not given.' },
    force: { says: 'Replaces a file that is there.' },
  },
  examples: [
    { line: 'workspace config vision --to .azureml/config.json', says: 'Where Azure ML looks as well.' },
  ],
  async run({ orrery, settings, signal, folder }, { name = settings.workspace, to = 'config.json', force }) {
    const content = await (await orrery()).workspaces.config({ name }, { signal })
    const path = resolve(folder, to)
    makeFolder(dirname(path))
    try {
      await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: force ? 'w' : 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, error)
      throw new CliError('STATE', `${path} is there already.`, 'Pass --force to replace it.', error)
    }
    return { path, ...content }
  },
})

const losses = command({
  name: 'losses',
  summary: 'Lists what would be lost with a workspace.',
  args: NAME,
  examples: [{ line: 'workspace losses vision', says: 'Runs, models, files and what else.' }],
  rows: '@',
  columns: [
    { title: 'What', path: 'what' },
    { title: 'Count', path: 'count' },
    { title: 'Size', path: 'bytes', as: 'bytes' },
  ],
  async run({ orrery, settings, signal }, { name = settings.workspace }) {
    return (await (await orrery()).workspaces.losses({ name }, { signal })).losses
  },
})

const quotas = command({
  name: 'quotas',
  summary: 'Lists what the workspace uses and may use.',
  examples: [{ line: 'workspace quotas -w vision', says: 'Of another one.' }],
  rows: '@',
  columns: [
    { title: 'What', path: 'what' },
    { title: 'Used', path: 'used' },
    { title: 'Quota', path: 'quota' },
    { title: 'State', path: 'state' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).quotas.list({}, { signal })).quotas
  },
})

const setQuota = command({
  name: 'set-quota',
  summary: 'Limits what the workspace may use. For administrators.',
  args: { what: { says: 'runs, artifact-bytes, tokens or webhooks.' } },
  options: { to: { value: 'number', says: 'The limit; none if not given.' } },
  examples: [{ line: 'workspace set-quota runs --to 100000 -w vision', says: 'No more than 100,000 runs.' }],
  async run({ orrery, signal }, { what, to }) {
    const asked = { what: what as 'runs', ...(to === undefined ? {} : { quota: to }) }
    return (await (await orrery()).quotas.set(asked, { signal })).quota
  },
})

export const workspace = group('workspace', [
  list,
  show,
  create,
  update,
  setArchived('archive', true, 'Keeps a workspace from being changed.'),
  setArchived('restore', false, 'Lets an archived workspace be changed again.'),
  remove,
  getKeys,
  config,
  losses,
  quotas,
  setQuota,
])

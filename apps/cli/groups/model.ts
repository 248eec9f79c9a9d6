import { command, group } from '../command.ts'
import { collect } from '../pages.ts'
import { VERSION, versionOf } from './find-version.ts'
import { checkVersion, compareVersions, where } from './model-checks.ts'
import { downloadVersion, exportModel, importModel } from './model-files.ts'
import { register } from './model-register.ts'

const MODEL = { model: { says: 'Name of the model.' } } as const
const ONE = { version: { says: VERSION } } as const
const TAGS = {
  tag: { value: 'list', shown: 'key=value', says: 'A tag; without a value it is removed. May be repeated.' },
} as const

const list = command({
  name: 'list',
  summary: 'Lists registered models.',
  options: {
    filter: { value: 'text', says: "MLflow's search language, e.g. \"name LIKE 'fraud%'\"." },
    'max-results': { value: 'number', says: '100 if not given.' },
  },
  examples: [{ line: 'model list --query "[].name" -o tsv', says: 'Their names.' }],
  rows: '@',
  columns: [
    { title: 'Name', path: 'name' },
    { title: 'Description', path: 'description' },
    { title: 'Changed', path: 'last_updated_timestamp', as: 'time' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = given.filter === undefined ? {} : { filter: given.filter }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 1_000 },
      async (max_results, page_token) => {
        const page = await client.registeredModels.search({ ...wanted, max_results, page_token }, { signal })
        return { items: page.registered_models, next: page.next_page_token }
      },
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a model, or a version with its manifest and what MLmodel says.',
  args: { model: { says: `Name of a model, or a version: ${VERSION}` } },
  examples: [
    { line: 'model show fraud', says: 'With tags and aliases.' },
    { line: 'model show fraud@champion --query version -o tsv', says: 'The number behind an alias.' },
  ],
  async run(context, { model }) {
    const { signal } = context
    const client = await context.orrery()
    if (/[/@]/.test(model))
      return client.registry.describeVersion(await versionOf(context, model), { signal })
    return (await client.registeredModels.get({ name: model }, { signal })).registered_model
  },
})

const versions = command({
  name: 'versions',
  summary: 'Lists the versions of a model, the newest first.',
  args: MODEL,
  options: { 'max-results': { value: 'number', says: '100 if not given.' } },
  examples: [{ line: 'model versions fraud', says: 'With their stages.' }],
  rows: '@',
  columns: [
    { title: 'Version', path: 'version' },
    { title: 'Stage', path: 'current_stage' },
    { title: 'Run', path: 'run_id' },
    { title: 'Made', path: 'creation_timestamp', as: 'time' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = {
      filter: `name = '${given.model.replaceAll("'", "\\'")}'`,
      order_by: ['version_number DESC'],
    }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 5_000 },
      async (max_results, page_token) => {
        const page = await client.modelVersions.search({ ...wanted, max_results, page_token }, { signal })
        return { items: page.model_versions, next: page.next_page_token }
      },
    )
  },
})

const alias = command({
  name: 'alias',
  summary: 'Points an alias at a version, or with --delete takes it away.',
  args: { alias: { says: 'Its name, such as champion.' }, ...ONE },
  options: {
    delete: { says: 'Takes the alias from the model.' },
    reason: { value: 'text', says: 'Why, for the audit log.' },
  },
  examples: [
    { line: 'model alias champion fraud/3', says: 'From now on `models:/fraud@champion` is version 3.' },
  ],
  async run(context, given) {
    const { orrery, say, signal } = context
    const client = await orrery()
    const options = { signal, reason: given.reason }
    const { name, version } = await versionOf(context, given.version)
    if (given.delete) await client.registeredModels.deleteAlias({ name, alias: given.alias }, options)
    else await client.registeredModels.setAlias({ name, alias: given.alias, version }, options)
    say(
      given.delete
        ? `'${name}' has no alias '${given.alias}'.`
        : `${name}@${given.alias} is version ${version}.`,
    )
  },
})

const stage = command({
  name: 'stage',
  summary: 'Moves a version to a stage.',
  args: { ...ONE, stage: { says: 'None, Staging, Production or Archived.' } },
  options: {
    'archive-existing': { says: 'Archives the others of that stage.' },
    reason: { value: 'text', says: 'Why, for the audit log.' },
  },
  examples: [
    { line: 'model stage fraud/3 Production --archive-existing', says: 'In place of the one there was.' },
  ],
  async run(context, given) {
    const asked = {
      ...(await versionOf(context, given.version)),
      stage: given.stage,
      ...(given['archive-existing'] ? { archive_existing_versions: true } : {}),
    }
    const client = await context.orrery()
    const options = { signal: context.signal, reason: given.reason }
    return (await client.modelVersions.transitionStage(asked, options)).model_version
  },
})

const tag = command({
  name: 'tag',
  summary: 'Sets or removes tags of a model or of a version.',
  args: { model: { says: `Name of a model, or a version: ${VERSION}` } },
  options: TAGS,
  examples: [
    { line: 'model tag fraud/3 --tag reviewed=yes --tag draft', says: 'Sets one and removes another.' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const version = /[/@]/.test(given.model) ? await versionOf(context, given.model) : undefined
    for (const text of given.tag) {
      const equals = text.indexOf('=')
      const key = equals < 1 ? text : text.slice(0, equals)
      const value = equals < 1 ? undefined : { key, value: text.slice(equals + 1) }
      if (version === undefined) {
        if (value === undefined)
          await client.registeredModels.deleteTag({ name: given.model, key }, { signal })
        else await client.registeredModels.setTag({ name: given.model, ...value }, { signal })
      } else if (value === undefined) await client.modelVersions.deleteTag({ ...version, key }, { signal })
      else await client.modelVersions.setTag({ ...version, ...value }, { signal })
    }
    if (version !== undefined) return (await client.modelVersions.get(version, { signal })).model_version
    return (await client.registeredModels.get({ name: given.model }, { signal })).registered_model
  },
})

const update = command({
  name: 'update',
  summary: 'Changes the description of a model or version, or the name of a model.',
  args: { model: { says: `Name of a model, or a version: ${VERSION}` } },
  options: {
    description: { value: 'text', says: 'In the words of people.' },
    name: { value: 'text', says: 'The new name of a model.' },
  },
  examples: [{ line: 'model update fraud --description "Card fraud, daily"', says: 'Shown in lists.' }],
  async run(context, { model, description, name }) {
    const { orrery, signal } = context
    const client = await orrery()
    if (/[/@]/.test(model)) {
      const version = await versionOf(context, model)
      return (await client.modelVersions.update({ ...version, description }, { signal })).model_version
    }
    if (description !== undefined)
      await client.registeredModels.update({ name: model, description }, { signal })
    if (name !== undefined) await client.registeredModels.rename({ name: model, new_name: name }, { signal })
    return (await client.registeredModels.get({ name: name ?? model }, { signal })).registered_model
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes a model with all its versions, or one version, for good.',
  args: { model: { says: `Name of a model, or a version: ${VERSION}` } },
  options: { reason: { value: 'text', says: 'Why, for the audit log.' } },
  examples: [{ line: 'model delete fraud/3', says: 'Asks first; the number never comes again.' }],
  destroys: true,
  async run(context, { model, reason }) {
    const { orrery, confirm, say, signal } = context
    const isVersion = /[/@]/.test(model)
    await confirm(`Delete '${model}'${isVersion ? '' : ' with all its versions'} for good?`)
    const client = await orrery()
    if (isVersion) await client.modelVersions.delete(await versionOf(context, model), { signal, reason })
    else await client.registeredModels.delete({ name: model }, { signal, reason })
    say(`Deleted '${model}'.`)
  },
})

export const model = group('model', [
  ...[list, show, versions, register, alias, stage, tag, update, remove],
  ...[downloadVersion, exportModel, importModel, checkVersion, compareVersions, where],
])

import { command, group } from '../command.ts'
import { collect } from '../pages.ts'
import { findExperiment, ID_OR_NAME } from './find-experiment.ts'

const COLUMNS = [
  { title: 'Id', path: 'experiment_id' },
  { title: 'Name', path: 'name' },
  { title: 'Stage', path: 'lifecycle_stage' },
  { title: 'Changed', path: 'last_update_time', as: 'time' },
] as const

const ONE = { experiment: { says: ID_OR_NAME } } as const

const list = command({
  name: 'list',
  summary: 'Lists experiments, those changed last first.',
  options: {
    filter: { value: 'text', says: "MLflow's search language, e.g. \"name LIKE 'wine%'\"." },
    'max-results': { value: 'number', says: '100 if not given.' },
    'include-deleted': { says: 'Those put aside, too.' },
  },
  examples: [
    { line: 'experiment list', says: 'The newest ones.' },
    { line: `experiment list --query "[?name=='wine'].experiment_id" -o tsv`, says: 'The id of a name.' },
  ],
  rows: '@',
  columns: COLUMNS,
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = {
      order_by: ['last_update_time DESC'],
      ...(given.filter === undefined ? {} : { filter: given.filter }),
      ...(given['include-deleted'] ? { view_type: 'ALL' as const } : {}),
    }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 5_000 },
      async (max_results, page_token) => {
        const page = await client.experiments.search({ ...wanted, max_results, page_token }, { signal })
        return { items: page.experiments, next: page.next_page_token }
      },
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Shows an experiment, deleted ones too.',
  args: ONE,
  examples: [{ line: 'experiment show wine --query experiment_id -o tsv', says: 'Its id.' }],
  run: (context, { experiment }) => findExperiment(context, experiment),
})

const create = command({
  name: 'create',
  summary: 'Creates an experiment.',
  args: { name: { says: 'Its name.' } },
  options: {
    tag: { value: 'list', shown: 'key=value', says: 'A tag; may be repeated.' },
    'if-missing': { says: 'Fine if there is one of that name already: shows it.' },
  },
  examples: [
    { line: 'experiment create wine --tag team=vision --query experiment_id -o tsv', says: 'Prints its id.' },
    { line: 'experiment create wine --if-missing', says: 'For a pipeline, which runs again and again.' },
  ],
  takesFile: true,
  async run(context, given) {
    const { orrery, message, signal } = context
    const client = await orrery()
    const told = await message('experiments.create')
    const tags = [...(told.tags ?? []), ...given.tag.map(tagOf)]
    const asked = { ...told, name: given.name, ...(tags.length === 0 ? {} : { tags }) }
    try {
      const { experiment_id } = await client.experiments.create(asked, { signal })
      return (await client.experiments.get({ experiment_id }, { signal })).experiment
    } catch (error) {
      if (!given['if-missing'] || (error as { code?: string }).code !== 'RESOURCE_ALREADY_EXISTS') throw error
      const found = await client.experiments.getByName({ experiment_name: given.name }, { signal })
      if (found.experiment.lifecycle_stage !== 'active') throw error
      return found.experiment
    }
  },
})

const update = command({
  name: 'update',
  summary: 'Renames an experiment or sets its tags.',
  args: ONE,
  options: {
    name: { value: 'text', says: 'The new name.' },
    tag: {
      value: 'list',
      shown: 'key=value',
      says: 'A tag; without a value it is removed. May be repeated.',
    },
  },
  examples: [
    { line: 'experiment update wine --tag team=vision --tag old', says: 'Sets one tag and removes another.' },
  ],
  async run(context, { experiment, name, tag }) {
    const { orrery, signal } = context
    const client = await orrery()
    const { experiment_id } = await findExperiment(context, experiment)
    if (name !== undefined) await client.experiments.update({ experiment_id, new_name: name }, { signal })
    for (const text of tag) {
      if (text.includes('=')) await client.experiments.setTag({ experiment_id, ...tagOf(text) }, { signal })
      else await client.experiments.deleteTag({ experiment_id, key: text }, { signal })
    }
    return (await client.experiments.get({ experiment_id }, { signal })).experiment
  },
})

const remove = command({
  name: 'delete',
  summary: 'Puts an experiment and its runs aside; restore brings them back.',
  args: ONE,
  options: { permanently: { says: 'Deletes a deleted experiment for good, with all its runs.' } },
  examples: [
    { line: 'experiment delete wine --yes', says: 'Aside.' },
    { line: 'experiment delete 12 --permanently', says: 'For good; asks first.' },
  ],
  destroys: true,
  async run(context, { experiment, permanently }) {
    const { orrery, confirm, say, signal } = context
    const how = permanently
      ? 'for good, with all its runs'
      : 'with its runs; `orrery experiment restore` brings it back'
    await confirm(`Delete the experiment '${experiment}' ${how}?`)
    const client = await orrery()
    const { experiment_id, name } = await findExperiment(context, experiment)
    if (permanently) await client.experiments.remove({ experiment_id }, { signal })
    else await client.experiments.delete({ experiment_id }, { signal })
    say(`Deleted experiment ${experiment_id} ('${name}').`)
  },
})

const restore = command({
  name: 'restore',
  summary: 'Brings a deleted experiment and its runs back.',
  args: ONE,
  examples: [{ line: 'experiment restore wine', says: 'As it was.' }],
  async run(context, { experiment }) {
    const { orrery, signal } = context
    const { experiment_id } = await findExperiment(context, experiment)
    const client = await orrery()
    await client.experiments.restore({ experiment_id }, { signal })
    return (await client.experiments.get({ experiment_id }, { signal })).experiment
  },
})

function tagOf(text: string): { readonly key: string; readonly value: string } {
  const equals = text.indexOf('=')
  return equals < 1 ? { key: text, value: '' } : { key: text.slice(0, equals), value: text.slice(equals + 1) }
}

export const experiment = group('experiment', [list, show, create, update, remove, restore])

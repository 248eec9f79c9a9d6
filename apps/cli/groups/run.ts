import { command, group } from '../command.ts'
import { collect } from '../pages.ts'
import { compareRuns, comparisonColumns } from './compare-runs.ts'
import { experimentId, OF_EXPERIMENT, RUN, runIdOf } from './find-run.ts'
import { waitForRun } from './wait-for-run.ts'

const COLUMNS = [
  { title: 'Run', path: 'info.run_id' },
  { title: 'Name', path: 'info.run_name' },
  { title: 'Status', path: 'info.status' },
  { title: 'Started', path: 'info.start_time', as: 'time' },
  { title: 'By', path: 'info.user_id' },
] as const

const ONE = { run: { says: RUN } } as const
const MANY = { runs: { says: `${RUN} One or more.`, many: true } } as const
const OPTIONS = { experiment: OF_EXPERIMENT } as const

const list = command({
  name: 'list',
  summary: 'Lists runs, the newest first.',
  options: {
    experiment: {
      value: 'list',
      short: 'e',
      shown: 'ID',
      says: 'Ids or names of experiments; that of the profile, or 0, if not given.',
    },
    filter: { value: 'text', says: 'MLflow\'s search language, e.g. "metrics.loss < 0.1".' },
    'order-by': { value: 'list', says: 'E.g. "metrics.loss ASC"; may be repeated.' },
    'max-results': { value: 'number', says: '50 if not given.' },
    'include-deleted': { says: 'Those put aside, too.' },
  },
  examples: [
    { line: 'run list', says: 'The newest runs, as a table.' },
    { line: 'run list --query "[].info.run_id" -o tsv', says: 'Their ids, for a script.' },
    {
      line: 'run list -e wine --order-by "metrics.loss ASC" --max-results 1 --query "[0].info.run_id" -o tsv',
      says: 'The best run.',
    },
  ],
  rows: '@',
  columns: COLUMNS,
  async run(context, given) {
    const { orrery, signal } = context
    const asked = given.experiment.length === 0 ? [undefined] : given.experiment
    const ids = await Promise.all(asked.map((text) => experimentId(context, text)))
    const client = await orrery()
    const wanted = {
      experiment_ids: ids,
      order_by: given['order-by'].length === 0 ? ['attributes.start_time DESC'] : [...given['order-by']],
      ...(given.filter === undefined ? {} : { filter: given.filter }),
      ...(given['include-deleted'] ? { run_view_type: 'ALL' as const } : {}),
    }
    return collect(
      context,
      { most: given['max-results'] ?? 50, perPage: 5_000 },
      async (max_results, page_token) => {
        const page = await client.runs.search({ ...wanted, max_results, page_token }, { signal })
        return { items: page.runs, next: page.next_page_token }
      },
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a run with its params, tags and the latest value of each metric.',
  args: ONE,
  options: OPTIONS,
  examples: [
    { line: 'run show 5b1f0c --query info.status -o tsv', says: 'Its status alone.' },
    {
      line: 'run show 5b1f0c --query "data.metrics[?key==\'loss\'].value | [0]" -o tsv',
      says: 'One metric.',
    },
  ],
  async run(context, { run, experiment }) {
    const run_id = await runIdOf(context, run, experiment)
    return (await (await context.orrery()).runs.get({ run_id }, { signal: context.signal })).run
  },
})

const metrics = command({
  name: 'metrics',
  summary: 'Shows every point of one metric of a run.',
  args: { ...ONE, metric: { says: 'Its name.' } },
  options: OPTIONS,
  examples: [{ line: 'run metrics 5b1f0c loss -o tsv', says: 'Step, time and value.' }],
  rows: '@',
  columns: [
    { title: 'Step', path: 'step' },
    { title: 'Time', path: 'timestamp', as: 'time' },
    { title: 'Value', path: 'value' },
  ],
  async run(context, { run, metric, experiment }) {
    const run_id = await runIdOf(context, run, experiment)
    const asked = { run_id, metric_key: metric }
    return (
      (await (await context.orrery()).metrics.getHistory(asked, { signal: context.signal })).metrics ?? []
    )
  },
})

const compare = command({
  name: 'compare',
  summary: 'Shows params, metrics and tags of runs side by side, a column for each run.',
  args: MANY,
  options: { ...OPTIONS, all: { says: 'What is the same everywhere, too, after what is not.' } },
  examples: [
    { line: 'run compare 5b1f0c 77ad01', says: 'What is different.' },
    {
      line: 'run compare 5b1f0c 77ad01 --query "[?what==\'metric\'].[name, values]"',
      says: 'The metrics, by the ids of the runs.',
    },
  ],
  rows: '@',
  columns: comparisonColumns,
  run: compareRuns,
})

const wait = command({
  name: 'wait',
  summary: 'Waits until a run has ended; ends with 10 if it failed or was killed.',
  args: ONE,
  options: {
    ...OPTIONS,
    timeout: { value: 'number', shown: 'SECONDS', says: 'Gives up after so long; never if not given.' },
  },
  examples: [{ line: 'run wait 5b1f0c --timeout 3600 --query info.status -o tsv', says: 'At most an hour.' }],
  waits: true,
  run: waitForRun,
})

const remove = command({
  name: 'delete',
  summary: 'Puts runs aside; restore brings them back.',
  args: MANY,
  options: OPTIONS,
  examples: [{ line: 'run delete 5b1f0c 77ad01 --yes', says: 'Without a question.' }],
  destroys: true,
  async run(context, { runs, experiment }) {
    const { orrery, confirm, say, signal } = context
    await confirm(`Put ${runs.join(', ')} aside? \`orrery run restore\` brings them back.`)
    const client = await orrery()
    for (const text of runs) {
      const run_id = await runIdOf(context, text, experiment)
      await client.runs.delete({ run_id }, { signal })
      say(`Deleted ${run_id}.`)
    }
  },
})

const restore = command({
  name: 'restore',
  summary: 'Brings deleted runs back.',
  args: MANY,
  options: OPTIONS,
  examples: [{ line: 'run restore 5b1f0c', says: 'As it was.' }],
  async run(context, { runs, experiment }) {
    const { orrery, say, signal } = context
    const client = await orrery()
    for (const text of runs) {
      const run_id = await runIdOf(context, text, experiment)
      await client.runs.restore({ run_id }, { signal })
      say(`Restored ${run_id}.`)
    }
  },
})

const removeForGood = command({
  name: 'remove',
  summary: 'Deletes deleted runs for good, with everything logged to them.',
  args: MANY,
  options: OPTIONS,
  examples: [{ line: 'run remove 5b1f0c', says: 'Asks first; nothing brings it back.' }],
  destroys: true,
  async run(context, { runs, experiment }) {
    const { orrery, confirm, say, signal } = context
    await confirm(`Delete ${runs.join(', ')} for good, with everything logged to them?`)
    const client = await orrery()
    for (const text of runs) {
      const run_id = await runIdOf(context, text, experiment)
      await client.runs.remove({ run_id }, { signal })
      say(`Removed ${run_id}.`)
    }
  },
})

const move = command({
  name: 'move',
  summary: 'Moves runs into another experiment: all of them or none.',
  args: MANY,
  options: {
    ...OPTIONS,
    to: { value: 'text', shown: 'EXPERIMENT', required: true, says: 'Id or name of where they go.' },
  },
  examples: [{ line: 'run move 5b1f0c 77ad01 --to wine', says: 'Both at once.' }],
  async run(context, { runs, experiment, to }) {
    const { orrery, say, signal } = context
    const run_ids = await Promise.all(runs.map((text) => runIdOf(context, text, experiment)))
    const experiment_id = await experimentId(context, to)
    await (await orrery()).runs.move({ run_ids, experiment_id }, { signal })
    say(`Moved ${run_ids.length} to experiment ${experiment_id}.`)
  },
})

export const run = group('run', [list, show, metrics, compare, wait, remove, restore, removeForGood, move])

import { command } from '../command.ts'
import { CliError } from '../exit-codes.ts'
import { OF_EXPERIMENT, RUN, runIdOf } from './find-run.ts'

export const register = command({
  name: 'register',
  summary: 'Registers a folder or file of a run, or a logged model, as the next version of a model.',
  args: { model: { says: 'Name of the model; made if there is none.' } },
  options: {
    run: { value: 'text', shown: 'ID', says: `Whose files it is. ${RUN}` },
    'model-id': { value: 'text', shown: 'ID', says: 'A logged model instead, `m-…`.' },
    path: { value: 'text', says: 'Below the artifacts of the run or logged model.' },
    source: { value: 'text', shown: 'URI', says: 'Or an address: `runs:/…`, `models:/…`, `s3://…`.' },
    type: { value: 'text', choices: ['mlflow_model', 'custom_model'], says: 'Found out if not given.' },
    tag: { value: 'list', shown: 'key=value', says: 'A tag; may be repeated.' },
    description: { value: 'text', says: 'In the words of people.' },
    experiment: OF_EXPERIMENT,
  },
  examples: [
    {
      line: 'model register fraud --run 5b1f0c --path model --query version -o tsv',
      says: 'Prints the number.',
    },
    {
      line: 'model register fraud -f model.yml --set tags[0].key=git --set tags[0].value=4f2a',
      says: 'Of a file.',
    },
  ],
  takesFile: true,
  async run(context, given) {
    const { orrery, message, signal } = context
    const client = await orrery()
    const told = await message('registry.registerPath')
    const tags = [...(told.tags ?? []), ...given.tag.map(tagOf)]
    const more = {
      ...(tags.length === 0 ? {} : { tags }),
      ...(given.description === undefined ? {} : { description: given.description }),
    }
    if (given.source !== undefined) {
      if (given.run !== undefined || given['model-id'] !== undefined || given.path !== undefined) {
        throw new CliError('USAGE', 'Either --source, or --run or --model-id with --path.')
      }
      const asked = { ...(told.description === undefined ? {} : { description: told.description }), ...more }
      const { model_version: made } = await client.modelVersions
        .create({ name: given.model, source: given.source, ...asked }, { signal })
        .catch(async (error: { code?: string }) => {
          if (error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
          await client.registeredModels.create({ name: given.model }, { signal })
          return client.modelVersions.create(
            { name: given.model, source: given.source!, ...asked },
            { signal },
          )
        })
      return client.registry.describeVersion({ name: made.name, version: made.version }, { signal })
    }
    const asked = {
      ...told,
      ...more,
      name: given.model,
      ...(given.run === undefined ? {} : { run_id: await runIdOf(context, given.run, given.experiment) }),
      ...(given['model-id'] === undefined ? {} : { model_id: given['model-id'] }),
      ...(given.path === undefined ? {} : { path: given.path }),
      ...(given.type === undefined ? {} : { type: given.type as 'mlflow_model' }),
    }
    if (asked.run_id === undefined && asked.model_id === undefined) {
      throw new CliError('USAGE', 'Of what? Give --run with --path, --model-id, or --source.')
    }
    return client.registry.registerPath(asked, { signal })
  },
})

function tagOf(text: string): { readonly key: string; readonly value: string } {
  const equals = text.indexOf('=')
  return equals < 1 ? { key: text, value: '' } : { key: text.slice(0, equals), value: text.slice(equals + 1) }
}

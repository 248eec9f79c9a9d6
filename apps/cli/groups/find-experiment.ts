import type { Context } from '../context.ts'

export const ID_OR_NAME = 'Its id or name; a number is an id.'

/** Finds an experiment as people call it. */
export async function findExperiment({ orrery, signal }: Pick<Context, 'orrery' | 'signal'>, text: string) {
  const client = await orrery()
  if (!/^\d+$/.test(text))
    return (await client.experiments.getByName({ experiment_name: text }, { signal })).experiment
  return (await client.experiments.get({ experiment_id: text }, { signal })).experiment
}

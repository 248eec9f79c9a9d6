import assert from 'node:assert/strict'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { RegistryDeps } from '../deps.ts'
import { makeModels } from '../models/make-models.ts'
import type { RegisteredModel, Tag } from '../registered-model.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import type { PlainModel } from './plain-registry.ts'
import { NAMES } from './random-calls.ts'
import type { ToldModel } from './replay.ts'

/** Everything of a workspace that its verbs show, by the names that random calls use. */
export async function stateOf(deps: RegistryDeps, caller: Caller) {
  const models = makeModels(deps)
  const state = new Map<string, Awaited<ReturnType<typeof stateOfModel>>>()
  for (const name of NAMES) {
    const model = await models.get(caller, { name }).catch(unlessMissing)
    if (model !== undefined) state.set(name, await stateOfModel(deps, caller, model))
  }
  return state
}

async function stateOfModel(deps: RegistryDeps, caller: Caller, model: RegisteredModel) {
  const { kind, description, createdAt, updatedAt, tags, aliases, latestVersions } = model
  return {
    kind,
    description,
    createdAt,
    updatedAt,
    tags: asMap(tags),
    aliases: new Map(aliases.map(({ alias, version }) => [alias, version])),
    versions: await versionsOf(deps, caller, model),
    latest: latestVersions.map(({ stage, version }) => [stage, version] as const),
  }
}

async function versionsOf(deps: RegistryDeps, caller: Caller, { name, latestVersions }: RegisteredModel) {
  const versions = makeVersionVerbs(deps)
  const highest = Math.max(0, ...latestVersions.map(({ version }) => version))
  const numbers = Array.from({ length: highest }, (_, i) => i + 1)
  const found = await Promise.all(
    numbers.map((number) => versions.get(caller, { name, version: `${number}` }).catch(unlessMissing)),
  )
  return new Map(
    found
      .filter((version) => version !== undefined)
      .map(({ version, stage, description, updatedAt, tags, aliases }) => [
        version,
        { stage, description, updatedAt, tags: asMap(tags), aliases },
      ]),
  )
}

const asMap = (tags: readonly Tag[]) => new Map(tags.map(({ key, value }) => [key, value]))

/** Models as far as events tell them. */
export function asTold(
  models: ReadonlyMap<string, Pick<PlainModel, 'description' | 'tags' | 'aliases' | 'versions'>>,
): Map<string, ToldModel> {
  return new Map(
    Array.from(models, ([name, { description, tags, aliases, versions }]) => [
      name,
      {
        description,
        tags,
        aliases,
        versions: new Map(
          Array.from(versions, ([number, { stage, description, tags }]) => [
            number,
            { stage, description, tags },
          ]),
        ),
      },
    ]),
  )
}

/** For `catch`: the code of a refusal. What is none is thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code
  throw error
}

function unlessMissing(error: unknown): undefined {
  assert.equal(codeOf(error), 'RESOURCE_DOES_NOT_EXIST')
}

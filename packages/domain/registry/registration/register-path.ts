import type { Caller } from '@orrery/base/kernel'
import { invalid } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import {
  findRun,
  modelMadeBy,
  parseArtifactFolder,
  recordedBelow,
  storePathOf,
} from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { NewVersionByPath, Versions } from '../registry.ts'
import { makeRegister } from './register.ts'
import { activeModel, checkOwner, type GivenSource, resolveSource } from './resolve-source.ts'

const TYPES = ['mlflow_model', 'custom_model']

export function makeRegisterPath(deps: RegistryDeps): Versions['registerPath'] {
  const register = makeRegister(deps)
  return async function registerPath(caller, input) {
    check(input)
    const { version } = await register(caller, {
      name: input.name,
      tags: input.tags,
      description: input.description ?? '',
      runLink: '',
      isPrompt: false,
      type: input.type,
      makesModel: true,
      needsFiles: true,
      resolve: async (reads) => resolveSource(reads, caller, await sourceOf(reads, caller, input)),
    })
    return version
  }
}

function check({ runId = '', modelId = '', path, type }: NewVersionByPath): void {
  checkOwner(runId, 'run_id')
  checkOwner(modelId, 'model_id')
  if ((runId === '') === (modelId === '')) {
    throw invalid("Exactly one of 'run_id' and 'model_id' must be given: whose files they are.")
  }
  if (runId !== '' && parseArtifactFolder(path) === '') {
    throw invalid(
      "Missing value for required parameter 'path'.",
      'Say which file or folder of the run it is.',
    )
  }
  if (type !== undefined && !TYPES.includes(type)) {
    throw invalid(`Invalid value '${type}' for parameter 'type'. It must be one of ${TYPES.join(', ')}.`)
  }
}

/** The address that MLflow's client would send for the same files. */
async function sourceOf(
  reads: Reads,
  caller: Caller,
  { runId, modelId, path: given }: NewVersionByPath,
): Promise<GivenSource> {
  const path = parseArtifactFolder(given)
  if (runId) {
    // Otherwise the source would be refused, which the caller never gave.
    await findRun(reads, caller, runId)
    const made = await madeInstead(reads, caller, runId, path)
    return made === undefined
      ? { source: `runs:/${runId}/${quoted(path)}`, runId }
      : { source: `models:/${made}`, runId, modelId: made }
  }
  if (path === '') return { source: `models:/${modelId}`, modelId }
  const { artifactUri } = await activeModel(reads, caller, modelId!)
  return { source: `${artifactUri.replace(/\/+$/, '')}/${quoted(path)}`, modelId }
}

/**
 * The logged model that a run made under that name, where the run itself has no files there: since MLflow 3 `log_model`
 * keeps a model beside its run, and what its users say is still `runs:/<run id>/<name>`.
 */
async function madeInstead(
  reads: Reads,
  caller: Caller,
  runId: string,
  path: string,
): Promise<string | undefined> {
  const made = await modelMadeBy(reads, caller, { runId, name: path })
  if (made === undefined) return undefined
  const root = storePathOf((await findRun(reads, caller, runId)).artifactUri)
  const own = root === undefined ? [] : await recordedBelow(reads, caller, `${root}/${path}`, 1)
  return own.length === 0 ? made : undefined
}

/** In an address these mean something else. */
const quoted = (path: string) => path.replace(/[%?]/g, encodeURIComponent)

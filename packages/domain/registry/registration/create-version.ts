import { type Caller, invalid } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { checkLength, findLoggedModelIfAny, findRunIfAny } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import { checkStorable } from '../names.ts'
import { IS_PROMPT_TAG, type Tag } from '../registered-model.ts'
import type { NewVersion, Versions } from '../registry.ts'
import { makeRegister } from './register.ts'
import { checkOwner, checkPromptSource, type ResolvedSource, resolveSource } from './resolve-source.ts'

export function makeCreateVersion(deps: RegistryDeps): Versions['create'] {
  const register = makeRegister(deps)
  return async function createVersion(caller, input) {
    if (input.name === '') throw required('name')
    if (input.source === '') throw required('source')
    checkGiven(input)
    const isPrompt = isPromptRequest(input.tags)
    if (isPrompt) checkPromptSource(input.source)
    const { version } = await register(caller, {
      name: input.name,
      tags: input.tags,
      description: input.description ?? '',
      runLink: input.runLink ?? '',
      isPrompt,
      resolve: (reads) =>
        isPrompt ? promptSource(reads, caller, input) : resolveSource(reads, caller, input),
    })
    return version
  }
}

/** Tags with one key collapse, the last wins; any spelling of `true` counts, as in MLflow. */
function isPromptRequest(tags: readonly Tag[] | undefined): boolean {
  return tags?.findLast(({ key }) => key === IS_PROMPT_TAG)?.value.toLowerCase() === 'true'
}

/**
 * The text of a prompt is in a tag: its source means nothing. Throws RESOURCE_DOES_NOT_EXIST where it names a run or logged
 * model that the caller may not read: it would stand in its story.
 */
async function promptSource(
  reads: Reads,
  caller: Caller,
  { source, runId = '', modelId = '' }: NewVersion,
): Promise<ResolvedSource> {
  if (runId !== '') await findRunIfAny(reads, caller, runId)
  if (modelId !== '') await findLoggedModelIfAny(reads, caller, modelId)
  return { source, storageLocation: source, contentPath: null, runId, modelId, copyOf: null, run: null }
}

/** Before anything is looked up or taken apart. */
function checkGiven({ source, runId = '', modelId = '' }: NewVersion): void {
  checkStorable(source, 'source')
  checkLength(source, LIMITS.source, 'source')
  checkOwner(runId, 'run_id')
  checkOwner(modelId, 'model_id')
}

const required = (field: string) => invalid(`Missing value for required parameter '${field}'.`)

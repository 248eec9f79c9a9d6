import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type Caller, Problem, type ProblemCode } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { RegistryDeps } from '../deps.ts'
import { makeManifests } from '../manifests/make-manifests.ts'
import { makeModels } from '../models/make-models.ts'
import { makeRegistration } from '../registration/make-registration.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import { openRegistry } from './open-registry.ts'

export const MLMODEL = `flavors:
  python_function:
    loader_module: mlflow.onnx
    data: model.onnx
    python_version: 3.11.7
  onnx:
    onnx_version: 1.20.0
    data: model.onnx
    code: null
mlflow_version: 3.17.2
model_uuid: 759fbf314307469784bc4100f2afd323
model_size_bytes: 1507
signature:
  inputs: '[{"type": "double", "name": "a", "required": true}]'
  outputs: '[{"type": "double"}]'
  params: null
saved_input_example_info:
  artifact_path: input_example.json
`
/** A sound model that runs no code, three files. */
export const FILES = {
  MLmodel: MLMODEL,
  'requirements.txt': 'onnx==1.20.0\n\n# why\n',
  'model.onnx': 'weights',
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export const isProblem = (code: ProblemCode, message: string) => (error: unknown) => {
  if (!(error instanceof Problem)) return false
  assert.equal(error.code, code)
  assert.ok(error.message.includes(message), error.message)
  return true
}
export const isInvalid = (message: string) => isProblem('INVALID_PARAMETER_VALUE', message)
export const isMissing = (message: string) => isProblem('RESOURCE_DOES_NOT_EXIST', message)

/**
 * The registry's verbs that tests of registrations need.
 *
 * @param fail what is put in the place of the means, to make steps fail
 */
export async function openVersions(
  db: Database,
  fail: (deps: RegistryDeps) => Partial<RegistryDeps> = () => ({}),
) {
  const bed = await openRegistry(db)
  const deps = { ...bed.deps, ...fail(bed.deps) }
  const models = makeModels(bed.deps)
  return {
    ...bed,
    models,
    versions: { ...makeVersionVerbs(deps), ...makeRegistration(deps) },
    manifests: makeManifests(deps),
    /** An empty model of either workspace. */
    modelNamed: (name: string, caller: Caller = bed.here) => models.create(caller, { name }),
    filesOf: (name: string, version: number) =>
      db.read
        .tables<RegistryTables>()
        .selectFrom('version_files')
        .innerJoin('model_versions', 'model_versions.version_key', 'version_files.version_key')
        .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
        .select(['path', 'size', 'sha256'])
        .where('name', '=', name)
        .where('version', '=', version)
        .orderBy('path')
        .execute(),
    tagsOfLoggedModel: async (modelId: string, caller: Caller = bed.here) =>
      Object.fromEntries(
        (await bed.tracking.loggedModels.get(caller, { modelId })).tags.map(({ key, value }) => [key, value]),
      ),
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

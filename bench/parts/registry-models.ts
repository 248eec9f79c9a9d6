import { answered, post } from '../api.ts'

export const MODEL_FILES = 10

/** As scikit-learn's flavor writes it, shortened. */
const MLMODEL = `artifact_path: model
flavors:
  python_function:
    env:
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.9
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.7.2
mlflow_version: 3.17.2
model_size_bytes: 80000
model_uuid: 4f1c2d3e4b5a69788796a5b4c3d2e1f0
signature:
  inputs: '[{"type": "double", "name": "alcohol", "required": true}]'
  outputs: '[{"type": "long", "required": true}]'
  params: null
`

export interface MadeModel {
  readonly modelId: string
  /** `mlflow-artifacts:/…`, where its files are. */
  readonly uri: string
  /** The proxy's path of that folder. */
  readonly path: string
}

/** Logged models of the Default experiment, of ten small files each. */
export async function makeLoggedModels(url: string, count: number): Promise<MadeModel[]> {
  const models: MadeModel[] = []
  for (let n = 0; n < count; n++) {
    const model = await makeLoggedModel(url, n)
    await upload(url, `${model.path}/MLmodel`, MLMODEL)
    for (let file = 1; file < MODEL_FILES; file++) {
      await upload(url, `${model.path}/data/part-${file}.bin`, `${n}.${file} `.repeat(1_000))
    }
    models.push(model)
  }
  return models
}

export async function makeLoggedModel(url: string, n: number): Promise<MadeModel> {
  const body = { experiment_id: '0', name: `model-${n}` }
  const { model } = await post<{ model: { info: { model_id: string; artifact_uri: string } } }>(
    url,
    'logged-models',
    body,
  )
  const { model_id, artifact_uri } = model.info
  const root = artifact_uri.replace(/^mlflow-artifacts:\/+/, '')
  return { modelId: model_id, uri: artifact_uri, path: `/api/2.0/mlflow-artifacts/artifacts/${root}` }
}

export async function upload(url: string, path: string, body: string): Promise<void> {
  await answered(await fetch(`${url}${path}`, { method: 'PUT', body }))
}

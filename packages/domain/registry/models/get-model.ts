import type { RegistryDeps } from '../deps.ts'
import type { Models } from '../registry.ts'
import { findModel } from './find-model.ts'
import { loadModels } from './load-models.ts'

export function makeGetModel({ db }: RegistryDeps): Models['get'] {
  return async function getModel(caller, { name }) {
    const [model] = await loadModels(db.read, [await findModel(db.read, caller, name)])
    return model!
  }
}

import type { YamlMap } from './model-file.ts'

/** What a flavor's loader makes of its part of MLmodel. @returns why that runs code; undefined if it reads data only */
type Loader = (flavor: YamlMap) => string | undefined

/**
 * The flavors whose loaders read data and nothing else, when MLmodel says what they expect. Whatever is not known to
 * be harmless runs code. Source: the `_load_model` of each flavor in mlflow 3.17.2.
 */
const LOADERS: Readonly<Record<string, Loader>> = {
  catboost: () => undefined,
  lightgbm: (flavor) =>
    textOf(flavor, 'model_class', 'lightgbm.basic.Booster') === 'lightgbm.basic.Booster'
      ? undefined
      : skopsOnly(flavor),
  onnx: (flavor) => plainProviders(flavor),
  sklearn: (flavor) => skopsOnly(flavor),
  // The class is imported by the name that MLmodel gives.
  xgboost: (flavor) =>
    /^xgboost\.(core\.Booster|sklearn\.XGB[A-Za-z]+)$/.test(
      textOf(flavor, 'model_class', 'xgboost.core.Booster'),
    )
      ? undefined
      : 'its model_class is not one of XGBoost',
}

/** Keys by which a flavor brings code along, whatever its loader. */
const CODE_KEYS = ['code', 'model_code_path', 'python_model', 'cloudpickle_version', 'config']

/** Why loading a model of these flavors runs code that its author wrote, one sentence each. */
export function codeInFlavors(flavors: YamlMap): string[] {
  return [...flavors].flatMap(([key, flavor]) => {
    const name = String(key).slice(0, 100).toWellFormed()
    if (!(flavor instanceof Map)) return [`The flavor '${name}' is not a map.`]
    const brought = CODE_KEYS.filter((code) => !isEmpty(flavor.get(code)))
    const reason = name === 'python_function' ? codeInPython(flavors, flavor) : codeInLoader(name, flavor)
    return [
      ...brought.map((code) => `The flavor '${name}' has '${code}'.`),
      ...(reason === undefined ? [] : [`The flavor '${name}' may run code: ${reason}.`]),
    ]
  })
}

function codeInLoader(name: string, flavor: YamlMap): string | undefined {
  const loader = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined
  return loader === undefined ? 'it is not known to read data only' : loader(flavor)
}

/** It hands the files to the loader of another flavor, which must be there and be harmless. */
function codeInPython(flavors: YamlMap, python: YamlMap): string | undefined {
  const module = textOf(python, 'loader_module', '')
  const name = module.startsWith('mlflow.') ? module.slice('mlflow.'.length) : ''
  if (!Object.hasOwn(LOADERS, name)) return `its loader_module is '${module.slice(0, 100).toWellFormed()}'`
  if (!(flavors.get(name) instanceof Map)) return `the flavor '${name}' that it loads is not there`
  // Given a file instead of a folder, this loader takes it for a pickle.
  if (name === 'sklearn' && !isEmpty(python.get('data'))) return "it has 'data', which is read as a pickle"
  return undefined
}

/** Options of a provider, and of the session, can name libraries to load. */
function plainProviders(flavor: YamlMap): string | undefined {
  const providers = flavor.get('providers') ?? []
  const isPlain = Array.isArray(providers) && providers.every((name) => typeof name === 'string')
  if (!isPlain) return 'its providers have options'
  const session = flavor.get('onnx_session_options') ?? new Map()
  if (!(session instanceof Map)) return 'its onnx_session_options are not a map'
  return isEmpty(session.get('extra_session_config')) ? undefined : 'it has an extra_session_config'
}

/** skops loads the types that MLmodel says are trusted, so none may be named. */
function skopsOnly(flavor: YamlMap): string | undefined {
  if (textOf(flavor, 'serialization_format', 'pickle') !== 'skops') return 'its file is a pickle'
  return isEmpty(flavor.get('skops_trusted_types')) ? undefined : 'it names types for skops to trust'
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

function textOf(flavor: YamlMap, key: string, otherwise: string): string {
  const value = flavor.get(key) ?? otherwise
  return typeof value === 'string' ? value : ''
}

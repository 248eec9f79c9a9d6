import { parseDocument } from 'yaml'
import { isDeep } from '../../tracking/index.ts'
import type { FlavorSummary, SignatureSummary, VersionSummary } from '../model-version.ts'
import { codeInFlavors } from './code-in-flavors.ts'
import { isReadAlike } from './read-alike.ts'

/** What can be read from `MLmodel`; the rest of a summary comes from the files beside it. */
export interface ModelFile extends Omit<VersionSummary, 'requirements' | 'codeReasons'> {
  /** Why the flavors run code of the author, one sentence each. */
  readonly codeReasons: readonly string[]
}

/** What a map of YAML becomes: keys of any type, and none that is special to JavaScript. */
export type YamlMap = ReadonlyMap<unknown, unknown>

/** A sound file has no aliases at all; PyYAML writes one where an object stands twice. */
const MAX_ALIASES = 10

/** Of one text in a summary, in UTF-16 units. */
const MAX_TEXT = 1000
const MAX_FLAVORS = 100

/**
 * Reads `MLmodel`. Slow for files that were made to be: run it on a thread with a deadline (`ModelFileReader`).
 *
 * @returns a sentence where it is no such file
 */
export function parseModelFile(text: string): ModelFile | { readonly problem: string } {
  const read = parseYaml(text)
  if (typeof read === 'string') return { problem: `MLmodel is no sound YAML: ${read}` }
  const { root, alike } = read
  const flavors = mapAt(root, 'flavors')
  if (flavors === undefined) return { problem: "MLmodel has no map 'flavors'." }
  const warnings: string[] = []
  const python = mapAt(flavors, 'python_function')
  return {
    flavors: summarizeFlavors(flavors, warnings),
    signature: summarizeSignature(root, warnings),
    inputExample: textAt(mapAt(root, 'saved_input_example_info'), 'artifact_path'),
    pythonVersion: textAt(python, 'python_version'),
    mlflowVersion: textAt(root, 'mlflow_version'),
    modelUuid: textAt(root, 'model_uuid'),
    statedBytes: bytesAt(root, 'model_size_bytes', warnings),
    codeReasons: [...(alike ? [] : [NOT_ALIKE]), ...codeInFlavors(flavors)],
    warnings,
  }
}

const NOT_ALIKE =
  'MLmodel is not written as MLflow writes it, so Python may read something else from it than is shown here.'

/** @returns the map, and whether Python reads the same; or what is wrong */
function parseYaml(text: string): { readonly root: YamlMap; readonly alike: boolean } | string {
  try {
    // Keys are not compared with each other: the library does so in quadratic time, and PyYAML lets the last one win.
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      uniqueKeys: false,
      merge: false,
      logLevel: 'error',
      prettyErrors: false,
    })
    const [error] = document.errors
    if (error !== undefined) return cut(error.message)
    const root: unknown = document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES })
    return root instanceof Map ? { root, alike: isReadAlike(text, document) } : 'it is not a map.'
  } catch (error) {
    return cut((error as Error).message)
  }
}

function summarizeFlavors(flavors: YamlMap, warnings: string[]): FlavorSummary[] {
  const found = [...flavors].map(([name, given]) => summarizeFlavor(cut(String(name)), given, warnings))
  if (found.length <= MAX_FLAVORS) return found
  warnings.push(`MLmodel has ${found.length} flavors; the first ${MAX_FLAVORS} are shown.`)
  return found.slice(0, MAX_FLAVORS)
}

function summarizeFlavor(name: string, given: unknown, warnings: string[]): FlavorSummary {
  if (!(given instanceof Map)) {
    warnings.push(`The flavor '${name}' is not a map.`)
    return { name, version: null, loaderModule: null }
  }
  // Each flavor has the version of its library under a name of its own: `sklearn_version`, `xgb_version`, …
  const version = [...given.keys()].find(
    (key) => typeof key === 'string' && key.endsWith('_version') && key !== 'python_version',
  )
  return {
    name,
    version: name === 'python_function' || version === undefined ? null : textAt(given, version),
    loaderModule: textAt(given, 'loader_module'),
  }
}

const PARTS = ['inputs', 'outputs', 'params'] as const

function summarizeSignature(root: YamlMap, warnings: string[]): SignatureSummary | null {
  const given = root.get('signature')
  if (given === undefined || given === null) return null
  if (!(given instanceof Map)) {
    warnings.push("The 'signature' of MLmodel is not a map.")
    return null
  }
  const [inputs = null, outputs = null, params = null] = PARTS.map((part) => {
    const text = given.get(part) ?? null
    const list = text === null ? null : parseList(text)
    if (list === undefined) warnings.push(`The ${part} of the signature are not a JSON list.`)
    return list ?? null
  })
  return { inputs, outputs, params }
}

function parseList(text: unknown): unknown[] | undefined {
  try {
    const list: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    return Array.isArray(list) && !isDeep(list) ? list : undefined
  } catch {
    return undefined
  }
}

function bytesAt(root: YamlMap, key: string, warnings: string[]): number | null {
  const given = root.get(key) ?? null
  if (given === null) return null
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number
  warnings.push(`The '${key}' of MLmodel is not a whole number.`)
  return null
}

function mapAt(map: YamlMap | undefined, key: string): YamlMap | undefined {
  const value = map?.get(key)
  return value instanceof Map ? value : undefined
}

/** A version that looks like a number is one to YAML. */
function textAt(map: YamlMap | undefined, key: string): string | null {
  const value = map?.get(key)
  if (typeof value === 'string') return cut(value)
  return typeof value === 'number' ? String(value) : null
}

function cut(text: string): string {
  return (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text).toWellFormed()
}

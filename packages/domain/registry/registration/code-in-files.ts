import type { ManifestFile } from '../model-version.ts'

/** Formats that hold data, and texts that nobody runs. */
const DATA_SUFFIXES = [
  '.onnx',
  '.safetensors',
  '.json',
  '.ubj',
  '.txt',
  '.cbm',
  '.skops',
  '.yaml',
  '.yml',
  '.md',
  '.csv',
  '.parquet',
]

/** MLflow keeps the code that comes with a model in this folder. */
const CODE_FOLDER = 'code'

/** More sentences than this say nothing new. */
const MOST_NAMED = 20

/**
 * Why the files beside an MLmodel may run code when they are loaded, one sentence each. None is opened: the MLmodel says
 * what reads them, what a file is called decides the rest, and whatever is not known to be data runs code.
 */
export function codeInFiles(files: readonly Pick<ManifestFile, 'path'>[]): string[] {
  const reasons = files.flatMap(({ path }) => reasonOf(path) ?? [])
  if (reasons.length <= MOST_NAMED) return reasons
  return [...reasons.slice(0, MOST_NAMED), `${reasons.length - MOST_NAMED} more files may run code.`]
}

function reasonOf(path: string): string | undefined {
  const segments = path.split('/')
  const name = segments.at(-1)!
  if (path === 'MLmodel') return undefined
  // Some loaders look for MLmodel beside the file that they are given.
  if (name === 'MLmodel') return `'${path}' is a second MLmodel.`
  if (segments.slice(0, -1).includes(CODE_FOLDER)) return `'${path}' lies in a folder of code.`
  if (DATA_SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix))) return undefined
  return `'${path}' is not known to be data only.`
}

import { hash } from 'node:crypto'
import { byBytes } from '@orrery/drivers/artifacts'
import { LIMITS } from '../limits.ts'
import type { ManifestFile, ManifestHead, VersionSummary } from '../model-version.ts'
import { codeInFiles } from './code-in-files.ts'
import { type Content, NOTHING } from './content.ts'
import type { ModelFile } from './model-file.ts'
import { ModelFileReader } from './model-file-reader.ts'

/** One for the process: a thread costs 10 MB, and no two files are urgent at once. */
const reader = new ModelFileReader()

/** Nobody reads more lines than this, and the summary is a row. */
const MOST_REQUIREMENTS = 2000
const MOST_IN_LINE = 1000

/** Gives the bytes of one of the described files. */
export type ReadFile = (path: string) => Promise<Uint8Array>

/**
 * A manifest of files, with what they are. None is opened but `MLmodel` and `requirements.txt`.
 *
 * @param files with `path` relative to the version's folder, in any order
 */
export async function describeFiles(files: readonly ManifestFile[], read: ReadFile): Promise<Content> {
  if (files.length === 0) return NOTHING
  const sorted = files.toSorted((a, b) => byBytes(a.path, b.path))
  return { ...(await describe(sorted, read)), manifest: manifestOf(sorted), files: sorted }
}

/** As `describeFiles`, without the manifest. */
export async function describe(
  files: readonly Pick<ManifestFile, 'path' | 'size'>[],
  read: ReadFile,
): Promise<Pick<Content, 'type' | 'runsCode'> & { readonly summary: VersionSummary }> {
  const model = await readModelFile(files, read)
  const warnings = [...model.warnings]
  const requirements = await readRequirements(files, read, warnings)
  const codeReasons = [...model.found.codeReasons, ...codeInFiles(files)]
  return {
    type: model.isSound ? 'mlflow_model' : 'custom_model',
    runsCode: codeReasons.length > 0,
    summary: { ...model.found, requirements, codeReasons, warnings },
  }
}

/** A content that is no MLflow model to whoever registers it: its MLmodel does not say how it is loaded. */
export function asCustom(content: Content): Content {
  if (content.type === 'custom_model') return content
  const { summary } = content
  const codeReasons = [
    'It is no MLflow model, so nothing is known of how it is loaded and what that runs.',
    ...summary!.codeReasons,
  ]
  return { ...content, type: 'custom_model', runsCode: true, summary: { ...summary!, codeReasons } }
}

const NO_MODEL: ModelFile = {
  flavors: [],
  signature: null,
  inputExample: null,
  pythonVersion: null,
  mlflowVersion: null,
  modelUuid: null,
  statedBytes: null,
  // A pickle is one by its content, not by its name, and whoever loads a file chooses what reads it.
  codeReasons: ['There is no MLmodel, so nothing is known of how the files are loaded and what that runs.'],
  warnings: [],
}

type Files = readonly Pick<ManifestFile, 'path' | 'size'>[]

interface ReadModel {
  readonly isSound: boolean
  readonly found: ModelFile
  readonly warnings: readonly string[]
}

async function readModelFile(files: Files, read: ReadFile): Promise<ReadModel> {
  const file = files.find(({ path }) => path === 'MLmodel')
  if (file === undefined) return { isSound: false, found: NO_MODEL, warnings: [] }
  if (file.size > LIMITS.modelFileBytes) {
    return unreadable(`MLmodel has ${file.size} bytes; at most ${LIMITS.modelFileBytes} are read.`)
  }
  const text = decode(await read('MLmodel'))
  if (text === undefined) return unreadable('MLmodel is not UTF-8.')
  const found = await reader.read(text)
  if ('problem' in found) return unreadable(found.problem)
  return { isSound: true, found, warnings: found.warnings }
}

/** Another reader may make more of it, so nothing is known of what it runs. */
const unreadable = (problem: string): ReadModel => ({
  isSound: false,
  found: { ...NO_MODEL, codeReasons: ['MLmodel cannot be read here, so nothing is known of what it runs.'] },
  warnings: [problem],
})

async function readRequirements(files: Files, read: ReadFile, warnings: string[]): Promise<string[]> {
  const file = files.find(({ path }) => path === 'requirements.txt')
  if (file === undefined) return []
  if (file.size > LIMITS.modelFileBytes) {
    warnings.push(`requirements.txt has ${file.size} bytes; at most ${LIMITS.modelFileBytes} are read.`)
    return []
  }
  const text = decode(await read('requirements.txt'))
  if (text === undefined) {
    warnings.push('requirements.txt is not UTF-8.')
    return []
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim().slice(0, MOST_IN_LINE).toWellFormed())
  const told = lines.filter((line) => line !== '')
  if (told.length > MOST_REQUIREMENTS) {
    warnings.push(`requirements.txt has ${told.length} lines; the first ${MOST_REQUIREMENTS} are shown.`)
  }
  return told.slice(0, MOST_REQUIREMENTS)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The digest is SHA-256 of the lines `<sha256>  <size>  <path>` of all files. @param files by the bytes of their paths */
function manifestOf(files: readonly ManifestFile[]): ManifestHead {
  const lines = files.map(({ path, size, sha256 }) => `${sha256}  ${size}  ${path}\n`)
  return {
    state: 'complete',
    digest: hash('sha256', lines.join(''), 'hex'),
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  }
}

import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { NamedRow } from '@orrery/sdk'
import type { Surroundings } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { checkFields, type Schema, schemaAt } from './check-fields.ts'
import { parseDocument } from './parse-document.ts'
import { parseSetting, setField } from './set-field.ts'

/** `-f` and `--set`. */
export interface FileOptions {
  readonly file?: string
  readonly set?: readonly string[]
}

type Fields = Record<string, unknown>

const MOST_BYTES = 1024 * 1024

/** The message of a file with the fields of `--set` over it; throws USAGE that names file, line, field and what is allowed. */
export async function readMessage(
  name: NamedRow['name'],
  { file, set = [] }: FileOptions,
  surroundings: Pick<Surroundings, 'folder' | 'stdin'>,
): Promise<Fields> {
  if (file === undefined && set.length === 0) return {}
  const document =
    file === undefined ? undefined : parseDocument(fileName(file), await readText(file, surroundings))
  const schema = await schemaOf(name)
  if (document?.isEmpty === true) throw emptyFile(fileName(file!), schema)
  let message: Fields = document === undefined ? {} : checkFields(document.value, schema, document)
  for (const text of set) {
    const { path, value, written } = parseSetting(text)
    // `version=3` means the text where a text is wanted.
    const isText = typeof value !== 'object' && schemaAt(schema, path)?.type === 'string'
    setField(message, path, isText && typeof value !== 'string' ? written : value, text)
    message = checkFields(message, schema, { where: () => `--set ${text}`, letters: () => undefined })
  }
  return message
}

/** A file that a step before should have written: what comes of nothing is not what was meant. */
function emptyFile(file: string, { properties = {} }: Schema): CliError {
  const fields = Object.keys(properties)
  return new CliError(
    'USAGE',
    `${file} is empty; it must have fields${fields.length === 0 ? '' : `: there are ${fields.join(', ')}`}.`,
    'Write them, or leave -f out.',
  )
}

const fileName = (file: string) => (file === '-' ? 'stdin' : basename(file))

async function schemaOf(name: string): Promise<Schema> {
  const contract = await import('@orrery/base/contract')
  for (const [key, table] of Object.entries(contract)) {
    if (!key.endsWith('Routes') || key === 'notYetRoutes') continue
    for (const row of Object.values(table as object) as { name: string; takes: Schema; body?: Schema }[]) {
      if (row.name !== name) continue
      return { ...row.takes, properties: { ...row.takes.properties, ...row.body?.properties } }
    }
  }
  throw new Error(`the contract has no row '${name}'`)
}

async function readText(
  file: string,
  { folder, stdin }: Pick<Surroundings, 'folder' | 'stdin'>,
): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  const take = (piece: Buffer) => {
    size += piece.length
    if (size > MOST_BYTES) throw new CliError('USAGE', `${fileName(file)} is larger than 1 MiB.`)
    pieces.push(piece)
  }
  if (file === '-') for await (const piece of stdin) take(Buffer.from(piece as Buffer))
  else take(await readBytes(resolve(folder, file)))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch {
    throw new CliError('USAGE', `${fileName(file)} is not UTF-8 text.`)
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? (error as Error).message)
    throw new CliError('USAGE', `${path} cannot be read: ${why}.`, undefined, error)
  }
}

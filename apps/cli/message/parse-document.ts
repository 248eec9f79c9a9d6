import { isMap, isNode, isScalar, LineCounter, parseDocument as parseYaml, type YAMLParseError } from 'yaml'
import { CliError } from '../exit-codes.ts'
import type { Written } from './check-fields.ts'

export interface Read extends Written {
  readonly value: Record<string, unknown>
  /** Nothing but spaces and comments. */
  readonly isEmpty: boolean
}

/** Reads YAML 1.2, of which JSON is a part. */
export function parseDocument(file: string, text: string): Read {
  const lines = new LineCounter()
  const document = parseYaml(text, {
    lineCounter: lines,
    version: '1.2',
    uniqueKeys: true,
    prettyErrors: false,
  })
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return `${file}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) throw new CliError('USAGE', `${at(error.pos[0])}: ${told(error)}`)
  let value: unknown
  try {
    // Ten levels of ten aliases each would be ten thousand million values.
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new CliError(
      'USAGE',
      `${at(0)}: ${(cause as Error).message.replace(/\.?$/, '.')}`,
      undefined,
      cause,
    )
  }
  const isEmpty = value === null || value === undefined
  if (isEmpty) value = {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new CliError('USAGE', `${at(0)}: the file must have fields, such as \`name: fraud\`.`)
  }
  return {
    value: value as Record<string, unknown>,
    isEmpty,
    letters(path) {
      const node = document.getIn(path, true)
      return isScalar(node) && ['number', 'bigint', 'boolean'].includes(typeof node.value)
        ? node.source
        : undefined
    },
    where(path, isKey) {
      if (isKey) {
        const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
        const name = path[path.length - 1]
        const pair = isMap(holder) ? holder.items.find(({ key }) => keyOf(key) === String(name)) : undefined
        if (pair !== undefined && isNode(pair.key)) return at(pair.key.range?.[0])
      }
      const node = document.getIn(path, true)
      return at(isNode(node) ? node.range?.[0] : undefined)
    },
  }
}

const keyOf = (key: unknown) => String(isNode(key) && 'value' in key ? key.value : key)

/** The library's sentence, but for one that tells how to program it. */
function told({ code, message }: YAMLParseError): string {
  return code === 'MULTIPLE_DOCS'
    ? 'a second document begins here; a file has one.'
    : message.replace(/\.?$/, '.')
}

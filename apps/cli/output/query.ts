import { compile, type JSONValue, search } from '@jmespath-community/jmespath'
import { CliError } from '../exit-codes.ts'

/** Throws USAGE for what is no JMESPath: a command that changes something must not do it first and then say so. */
export function checkQuery(query: string): void {
  named(query, () => compile(query))
}

/** Applies a JMESPath. @returns null where nothing matches */
export async function applyQuery(result: unknown, query: string): Promise<unknown> {
  return named(query, () => search((result ?? null) as JSONValue, query))
}

function named<Value>(query: string, work: () => Value): Value {
  try {
    return work()
  } catch (cause) {
    throw new CliError(
      'USAGE',
      `--query '${query}' cannot be used: ${(cause as Error).message.replace(/\.$/, '')}.`,
      'It is JMESPath, e.g. "[].info.run_id"; see https://jmespath.org.',
      cause,
    )
  }
}

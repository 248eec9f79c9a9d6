import type { Context } from './context.ts'
import { CliError } from './exit-codes.ts'

interface Page<Item> {
  readonly items: readonly Item[] | undefined
  readonly next: string | undefined
}

/**
 * Reads a list page by page until there are enough; a person is told if there is more.
 *
 * @param most what `--max-results` says
 * @param perPage what the server gives at a time
 */
export async function collect<Item>(
  { say, stdout }: Pick<Context, 'say' | 'stdout'>,
  { most, perPage }: { readonly most: number; readonly perPage: number },
  ask: (max: number, token: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  if (!Number.isInteger(most) || most < 1) {
    throw new CliError('USAGE', `--max-results is ${most}; it must be a whole number from 1 on.`)
  }
  const items: Item[] = []
  let token: string | undefined
  do {
    // The same size for each page: a token belongs to the search that gave it.
    const page = await ask(Math.min(perPage, most), token)
    items.push(...(page.items ?? []))
    token = page.next === '' ? undefined : page.next
  } while (token !== undefined && items.length < most)
  const isCut = token !== undefined || items.length > most
  items.splice(most)
  if (isCut && stdout.isTTY === true)
    say(`There are more than these ${items.length}: --max-results shows them.`)
  return items
}

import type { Reads } from '@orrery/drivers/db'
import type { LogHead, LogQueries, LogRow } from '../../events/index.ts'
import type { AnchoredHead, ChainFault } from '../audit.ts'
import { type ChainEnd, chainStart } from './chain-checker.ts'

/** Where a check begins: behind what retention has taken, or where the last call has stopped. */
export async function checkFrom(
  reads: Reads,
  queries: Pick<LogQueries, 'lastUpTo'>,
  { workspaceKey, floor }: LogHead,
  fromPosition: number | undefined,
): Promise<ChainEnd> {
  const begin = floor.number === 0 ? chainStart(workspaceKey) : floor
  if (fromPosition === undefined || fromPosition <= begin.position) return begin
  const row = await queries.lastUpTo(reads, workspaceKey, fromPosition)
  return row === undefined ? begin : { ...row, position: Math.max(row.position, begin.position) }
}

/** What is wrong with where events are found, but for those of which something is wrong already. */
export function faultsOfPlace(misplaced: readonly LogRow[], faults: readonly ChainFault[]): ChainFault[] {
  const named = new Set(faults.map(({ position }) => position))
  return misplaced
    .filter(({ position }) => !named.has(position))
    .map(({ position, number }) => ({
      ...{ position, number, kind: 'changed' },
      says: 'The subjects under which it is found (event_mentions) are not those that it names.',
    }))
}

/** A beginning that is gone must have been announced by retention: whoever has the database could raise the floor too. */
export async function checkFloor(
  reads: Reads,
  queries: Pick<LogQueries, 'rows'>,
  { workspaceKey, position, floor }: LogHead,
): Promise<ChainFault | undefined> {
  if (floor.number === 0) return undefined
  const newest = { workspaceKey, durable: position, types: ['audit.trimmed'], limit: 1 }
  const [told] = (await queries.rows(reads, newest)).rows
  const trimmed = JSON.parse(told?.after ?? '{}') as { readonly number?: number; readonly hash?: string }
  // Of one that was broken off less is gone than was announced.
  if ((trimmed.number ?? 0) > floor.number) return undefined
  if (trimmed.number === floor.number && trimmed.hash === floor.hash) return undefined
  return {
    ...{ position: floor.position, number: floor.number, kind: 'missing' },
    says: `Everything up to number ${floor.number} is missing, and no event 'audit.trimmed' says that retention has taken it.`,
  }
}

/** Compares a head that was written outside the database with the chain. */
export async function checkAnchor(
  reads: Reads,
  queries: Pick<LogQueries, 'lastUpTo'>,
  { workspaceKey, number, hash, floor }: LogHead,
  anchored: AnchoredHead,
): Promise<ChainFault | undefined> {
  const fault = (says: string): ChainFault => ({
    ...{ position: anchored.position, number: anchored.number, kind: 'anchor', says },
  })
  if (anchored.number > number) {
    return fault(
      `The anchor has number ${anchored.number} with hash ${anchored.hash}; the chain ends with number ${number}: what is behind it is missing.`,
    )
  }
  // What retention has taken away since cannot be compared.
  if (anchored.number < floor.number) return undefined
  if (anchored.number === floor.number) {
    return anchored.hash === floor.hash || floor.number === 0
      ? undefined
      : fault(`The anchor has the hash ${anchored.hash}, and by its floor the chain ${floor.hash}.`)
  }
  const row = await queries.lastUpTo(reads, workspaceKey, anchored.position)
  if (row?.number === anchored.number && row.position === anchored.position && row.hash === anchored.hash) {
    return anchored.number === number && anchored.hash !== hash
      ? fault(`The anchor has the hash ${anchored.hash}, and by its head the chain ${hash}.`)
      : undefined
  }
  return fault(
    `The anchor has number ${anchored.number} at position ${anchored.position} with hash ${anchored.hash}; the chain has ${
      row === undefined
        ? 'nothing there'
        : `number ${row.number} at position ${row.position} with hash ${row.hash}`
    }.`,
  )
}

import { isDeepStrictEqual } from 'node:util'
import type { Caller } from '@orrery/base/kernel'
import { byBytes } from '@orrery/drivers/artifacts'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Comparison, Difference } from '../comparison.ts'
import type { RegistryDeps } from '../deps.ts'
import { summaryOf } from '../registration/summary-of.ts'
import type { VersionId } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, findVersion } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import { measuredAndSet } from './measured-and-set.ts'
import { requirementsByName } from './requirement-differences.ts'

interface TwoVersions {
  readonly left: number
  readonly right: number
}

/** Files of the left version that the right one has with other bytes or not at all. */
const differentFiles = statement('registry.different-files', (k: Kysely<RegistryTables>, p: TwoVersions) =>
  k
    .selectFrom('version_files as mine')
    .leftJoin('version_files as other', (join) =>
      join.on('other.version_key', '=', p.right).onRef('other.path', '=', 'mine.path'),
    )
    .select(['mine.path as path', 'mine.sha256 as mine', 'other.sha256 as other'])
    .where('mine.version_key', '=', p.left)
    .where((where) =>
      where.or([where('other.sha256', 'is', null), where('other.sha256', '!=', where.ref('mine.sha256'))]),
    )
    .orderBy('mine.path'),
)

/** Puts two versions side by side, as they are at one moment. */
export function makeCompare({ db }: Pick<RegistryDeps, 'db'>) {
  return function compare(
    caller: Caller,
    input: { readonly left: VersionId; readonly right: VersionId },
  ): Promise<Comparison> {
    return db.scan(async (reads) => {
      const { version: left } = await findVersion(reads, caller, input.left)
      const { version: right } = await findVersion(reads, caller, input.right)
      const [shownLeft, shownRight] = await loadVersions(reads, [left, right], { aliases: true })
      const a = await measuredAndSet(reads, caller, left)
      const b = await measuredAndSet(reads, caller, right)
      const said = { left: await summaryOf(reads, left), right: await summaryOf(reads, right) }
      const signature = { left: said.left?.signature ?? null, right: said.right?.signature ?? null }
      return {
        left: shownLeft!,
        right: shownRight!,
        metrics: sideBySide(a.metrics, b.metrics),
        params: sideBySide(a.params, b.params),
        tags: sideBySide(tagsOf(shownLeft!), tagsOf(shownRight!)),
        requirements: sideBySide(
          requirementsByName(said.left?.requirements ?? []),
          requirementsByName(said.right?.requirements ?? []),
        ),
        signature: { ...signature, same: isDeepStrictEqual(signature.left, signature.right) },
        files: await compareFiles(reads, left, right),
      }
    })
  }
}

const tagsOf = ({ tags }: Comparison['left']) => new Map(tags.map(({ key, value }) => [key, value]))

function sideBySide<Value>(
  left: ReadonlyMap<string, Value>,
  right: ReadonlyMap<string, Value>,
): Difference<Value>[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort(byBytes)
  return names.map((name) => ({ name, left: left.get(name) ?? null, right: right.get(name) ?? null }))
}

/** Of files that are elsewhere, or too many to write down, nobody knows whether they differ. */
async function compareFiles(
  reads: Reads,
  left: FoundVersion,
  right: FoundVersion,
): Promise<Difference<string>[]> {
  if (!isKnown(left) || !isKnown(right)) return []
  const there = await reads.all(differentFiles, { left: left.key, right: right.key })
  const back = await reads.all(differentFiles, { left: right.key, right: left.key })
  return [
    ...there.map(({ path, mine, other }) => ({ name: path, left: mine, right: other })),
    ...back.flatMap(({ path, mine, other }) =>
      other === null ? { name: path, left: null, right: mine } : [],
    ),
  ].sort((a, b) => byBytes(a.name, b.name))
}

const isKnown = ({ manifestState }: FoundVersion) => manifestState === 'complete' || manifestState === 'empty'

import { makeAccess } from '@orrery/domain/access'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { fillAccount, fillGrants, fillGroups } from '../fill-access.ts'
import type { Bench, Rounds } from '../part.ts'

const GROUPS = 200
const GRANTS = 5000
const DECISIONS = 200_000

/** For the results page. */
export const HOW_DECIDED = [
  `Deciding: an account in ${GROUPS} groups that have ${GRANTS.toLocaleString('en-US')} grants on single experiments among them; by its remembered profile it is asked ${DECISIONS.toLocaleString('en-US')} times whether it may read or write one of the experiments or others, in the process of the bench. Reading the rows anew, as after a change of its rights, is shown besides.`,
]

/** What it takes to decide about one thing, and to read what is decided by. */
export async function measureDeciding(bench: Bench, rounds: Rounds, folder: string): Promise<void> {
  let member = 0
  let workspace = 0
  await fillHome(folder, async (db, workspaceKey) => {
    workspace = workspaceKey
    member = (await fillAccount(db, workspaceKey, 'member')).key
    const groups = await fillGroups(db, member, GROUPS)
    const each = GRANTS / GROUPS
    for (const [n, group] of groups.entries()) {
      const targets = Array.from({ length: each }, (_, at) => 1 + n * each + at)
      await fillGrants(db, workspaceKey, group, targets)
    }
  })
  await using db = await openSqlite({ folder, sync: false })
  const { profiles } = makeAccess({ db, clock: Date.now })
  const began = performance.now()
  const profile = await profiles.profileOf(member, workspace)
  rounds.add('profile read', performance.now() - began)
  const caller = profiles.callerOf(profile, {
    workspace: { key: workspace, name: 'default' },
    principal: { kind: 'user', name: 'member', key: member },
    ...{ requestId: '', address: '', credential: { kind: 'password' } },
  })
  const decisions = Math.max(1000, bench.size(DECISIONS))
  let allowed = 0
  for (let n = 0; n < decisions; n++) if (caller.may('run.read', n % (2 * GRANTS))) allowed++
  if (allowed === 0 || allowed === decisions) throw new Error(`${allowed} of ${decisions} decisions allow`)
  const from = performance.now()
  for (let n = 0; n < decisions; n++) caller.may(n % 2 === 0 ? 'run.read' : 'run.write', n % (2 * GRANTS))
  const micros = ((performance.now() - from) * 1000) / decisions
  rounds.add('decide', micros)
  bench.say(
    `deciding: ${micros.toFixed(2)} µs; reading the rights: ${rounds.of('profile read').at(-1)!.toFixed(1)} ms`,
  )
}

const GOAL_MICROS = 50

export function decideFigures(rounds: Rounds): Figure[] {
  return [
    {
      work: `deciding for an account in ${GROUPS} groups with ${GRANTS.toLocaleString('en-US')} grants`,
      ...{ unit: 'µs', better: 'less', goal: GOAL_MICROS, ours: rounds.of('decide') },
    },
    { work: 'reading its rights anew', unit: 'ms', better: 'less', ours: rounds.of('profile read') },
  ]
}

import { invalid, must } from '@orrery/base/kernel'
import type { Counted, Retained, Retention } from '../retention.ts'
import type { GovernanceDeps } from '../seams.ts'
import { expiredLog } from './expired-log.ts'
import { expiredThings } from './expired-things.ts'
import { checkDays, checkRetained, DAY_MS, noRule, readRules } from './rules.ts'

const EXAMPLES = 20

type Deps = Pick<GovernanceDeps, 'db' | 'clock' | 'expired' | 'held' | 'trim' | 'log'>

export function makeDryRun(deps: Deps): Retention['dryRun'] {
  const { db, clock } = deps
  return async function dryRun(caller, { what: given, afterDays }) {
    must(caller, 'policy.manage')
    const { key } = caller.workspace
    const what = given === undefined ? undefined : checkRetained(given)
    if (afterDays !== undefined) {
      checkDays(afterDays)
      if (what === undefined) throw invalid("'after_days' needs 'what': which rule it is for.")
      return [await count(deps, key, what, clock() - afterDays * DAY_MS)]
    }
    const rules = (await readRules(db.read, key)).filter((rule) => what === undefined || rule.what === what)
    if (what !== undefined && rules.length === 0) throw noRule(what)
    const counted: Counted[] = []
    for (const rule of rules) {
      counted.push(await count(deps, key, rule.what, clock() - rule.afterDays * DAY_MS))
    }
    return counted
  }
}

async function count(deps: Deps, workspaceKey: number, what: Retained, before: number): Promise<Counted> {
  if (what === 'audit') {
    const { count: things, held } = await deps.db.scan((reads) =>
      expiredLog(deps, reads, workspaceKey, before),
    )
    return { what, things, bytes: 0, held, examples: [] }
  }
  const counted = { what, things: 0, bytes: 0, held: 0, examples: [] as string[] }
  for await (const { thing, isHeld } of expiredThings(deps, workspaceKey, what, before)) {
    if (isHeld) {
      counted.held += 1
      continue
    }
    counted.things += 1
    counted.bytes += thing.bytes
    if (counted.examples.length < EXAMPLES) counted.examples.push(thing.subject)
  }
  return counted
}

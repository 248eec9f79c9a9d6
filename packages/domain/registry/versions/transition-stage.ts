import type { RegistryDeps } from '../deps.ts'
import type { Versions } from '../registry.ts'
import { parseStage } from '../stages.ts'
import { takeVersion } from './find-version.ts'
import { loadVersions } from './load-versions.ts'
import { checkIsActive, isMove, planStage, writeStage } from './move-to-stage.ts'

export function makeTransitionStage(deps: RegistryDeps): Versions['transitionStage'] {
  return async function transitionStage(caller, { name, version: number, stage: given, archiveExisting }) {
    const stage = parseStage(given)
    if (archiveExisting) checkIsActive(stage, given)
    return deps.db.inTx(async (tx) => {
      const { version } = await takeVersion(tx, caller, { name, version: number }, 'model.write')
      const move = await planStage(tx, version, stage, archiveExisting)
      if (isMove(move)) await deps.policy?.ask(tx, caller, move)
      const moved = await writeStage(deps, tx, caller, version, move)
      const [shown] = await loadVersions(tx, [moved], { aliases: true })
      return shown!
    })
  }
}

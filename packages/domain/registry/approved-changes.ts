import { createHash } from 'node:crypto'
import { type Caller, missing, type ProtectedChange } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { ApprovedChanges, RegistryDeps } from './deps.ts'
import { type AliasRemoval, dropAlias, planRemoval } from './models/drop-alias.ts'
import { type FoundModel, takeModel } from './models/find-model.ts'
import { type AliasSetting, planAlias, writeAlias } from './models/move-alias.ts'
import { checkAlias, checkAliasIsFree } from './names.ts'
import { parseStage } from './stages.ts'
import { type FoundVersion, takeVersion } from './versions/find-version.ts'
import {
  checkIsActive,
  isMove,
  othersIn,
  planStage,
  type StageMove,
  writeStage,
} from './versions/move-to-stage.ts'

type Looked = {
  readonly model: FoundModel
  /** Where what it is about stands: the versions of the stage, or the one with the alias. */
  readonly standing: readonly number[]
} & (
  | { readonly version: FoundVersion; readonly change: StageMove | AliasSetting }
  /** What the version is does not matter to whoever takes its alias away. */
  | { readonly version?: undefined; readonly change: AliasRemoval }
)

/** What the registry offers for approvals: the steps of its verbs, without asking the policy. */
export function makeApprovedChanges(deps: Pick<RegistryDeps, 'emit' | 'clock'>): ApprovedChanges {
  return {
    async look(tx, caller, change) {
      const looked = await look(tx, caller, change)
      return { modelKey: looked.model.key, stateBefore: stateOf(looked), change: looked.change }
    },

    async apply(tx, caller, change, approval) {
      const { model, version, change: looked } = await look(tx, caller, change)
      if (version === undefined) await dropAlias(deps, tx, caller, model, looked, approval)
      else if (looked.kind === 'alias') {
        if (looked.from !== looked.to) await writeAlias(deps, tx, caller, model, looked, approval)
      } else if (isMove(looked)) await writeStage(deps, tx, caller, version, looked, approval)
    },
  }
}

async function look(tx: Tx, caller: Caller, change: ProtectedChange): Promise<Looked> {
  if (change.kind === 'delete-alias') return lookAtRemoval(tx, caller, change.name, change.alias)
  const id = { name: change.name, version: `${change.version}` }
  if (change.kind === 'alias') {
    checkAlias(change.alias)
    checkAliasIsFree(change.alias)
    const { model, version } = await takeVersion(tx, caller, id, 'model.write')
    const setting = await planAlias(tx, model, change.alias, version.version)
    return { model, version, change: setting, standing: setting.from === null ? [] : [setting.from] }
  }
  const stage = parseStage(change.stage)
  if (change.archiveExisting) checkIsActive(stage, change.stage)
  const { model, version } = await takeVersion(tx, caller, id, 'model.write')
  const move = await planStage(tx, version, stage, change.archiveExisting)
  return { model, version, change: move, standing: await othersIn(tx, version, stage) }
}

async function lookAtRemoval(tx: Tx, caller: Caller, name: string, alias: string): Promise<Looked> {
  checkAlias(alias)
  const model = await takeModel(tx, caller, name, 'model.write')
  const change = await planRemoval(tx, model, alias)
  if (change === undefined) {
    throw missing(`Model '${name}' has no alias '${alias}' that could be deleted.`)
  }
  return { model, change, standing: [change.from] }
}

/** Short whatever the number of versions: it is compared and never read. */
function stateOf({ model, version, change, standing }: Looked): string {
  const state =
    version === undefined
      ? [model.key, 'delete', change.from]
      : [version.key, version.manifestDigest, change.from, standing]
  return createHash('sha256').update(JSON.stringify(state)).digest('hex')
}

import { type Caller, invalid } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { TrackingDeps } from '../deps.ts'
import { asParam } from '../entries.ts'
import { type FoundRun, takeActiveRun } from './find-run.ts'
import type { KeyValue } from './run.ts'
import { addRunParam, runParam } from './run-rows.ts'

/**
 * Writes params of a run. The same value again is fine; another one is INVALID_PARAMETER_VALUE, naming both.
 *
 * @returns those that are new
 */
export async function writeParams(tx: Tx, run: FoundRun, params: readonly KeyValue[]): Promise<KeyValue[]> {
  const fresh: KeyValue[] = []
  for (const param of params) {
    const added = await tx.run(addRunParam, { run: run.key, key: param.key, value: param.value })
    if (added === 1) {
      fresh.push(param)
      continue
    }
    const old = await tx.first(runParam, { run: run.key, key: param.key })
    if (old?.value !== param.value) {
      throw invalid(
        `Changing param values is not allowed. Param with key='${param.key}' was already logged with value='${old?.value}' for run ID='${run.runId}'. Attempted logging new value '${param.value}'.`,
        'Log it to a nested run, or under another key.',
      )
    }
  }
  return fresh
}

/** Logs one param. */
export function makeLogParam({ db, emit }: TrackingDeps) {
  return async function logParam(
    caller: Caller,
    input: { runId: string; key: string; value: string },
  ): Promise<void> {
    const param = asParam(input, '')
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
      const fresh = await writeParams(tx, run, [param])
      if (fresh.length === 0) return
      await emit(tx, caller, {
        type: 'run.params-logged',
        subject: `runs/${input.runId}`,
        on: run.experimentKey,
        after: { params: { [param.key]: param.value } },
      })
    })
  }
}

import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { FromLoad, LoadResult, Plan } from './plan.ts'

/** Runs one load in a process of its own. Rejects if any answer was not what it should be. */
export function runLoad(plan: Plan): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'load-process.ts'))
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the load process ended with ${code}`)))
    child.once('message', (message: FromLoad) => {
      if (message.type === 'done') resolve(message.result)
      else reject(new Error(message.message))
    })
    child.send(plan)
  })
  return result.finally(() => child.kill())
}

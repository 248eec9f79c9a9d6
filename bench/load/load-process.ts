import type { FromLoad, LoadResult, Plan } from './plan.ts'
import { sendRequests } from './send-requests.ts'
import { download, upload } from './transfer.ts'

/** The load has a process of its own, so that nothing of the bench waits in its queue or is charged to the server. */
process.once('message', async (plan: Plan) => {
  try {
    tell({ type: 'done', result: await run(plan) })
  } catch (error) {
    tell({ type: 'failed', message: (error as Error).message })
  }
})

function run(plan: Plan): Promise<LoadResult> {
  switch (plan.kind) {
    case 'requests':
      return sendRequests(plan)
    case 'upload':
      return upload(plan)
    case 'download':
      return download(plan)
    default:
      throw new Error(`no such load: ${JSON.stringify(plan satisfies never)}`)
  }
}

function tell(message: FromLoad): void {
  process.send?.(message, undefined, undefined, () => process.disconnect?.())
}

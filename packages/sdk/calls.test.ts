import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawAnswer } from './index.ts'
import { json, withReplies } from './testing/fake-fetch.ts'

const { orrery, seen } = withReplies([json({})])

/** Never called: `npm run check` compiles it, and an error that is expected and does not come is one. */
export async function types(): Promise<void> {
  const found = await orrery.runs.search({ experiment_ids: ['0'], run_view_type: 'ALL', max_results: 5 })
  found.runs?.[0]?.info.status satisfies
    | 'RUNNING'
    | 'SCHEDULED'
    | 'FINISHED'
    | 'FAILED'
    | 'KILLED'
    | undefined
  found.runs?.[0]?.data.metrics?.[0]?.value satisfies number | undefined
  await orrery.runs.search()
  // @ts-expect-error: no such field
  await orrery.runs.search({ experiments: ['0'] })
  // @ts-expect-error: a word that is none of its own
  await orrery.runs.search({ run_view_type: 'SOME' })
  // @ts-expect-error: a number, not text
  await orrery.runs.search({ max_results: '5' })
  // @ts-expect-error: the run must be named
  await orrery.runs.get({})
  // @ts-expect-error: the run must be named
  await orrery.runs.get()
  // @ts-expect-error: an int64 is a number
  await orrery.runs.logMetric({ run_id: 'a', key: 'k', value: 1, timestamp: '1' })
  // @ts-expect-error: there is no such call
  await orrery.runs.find({})
  // @ts-expect-error: there is no such group
  await orrery.run.get({ run_id: 'a' })
  // @ts-expect-error: only calls of bytes have a body
  await orrery.runs.get({ run_id: 'a' }, { body: 'x' })
  ;(await orrery.artifacts.download({ artifact_path: 'a' })) satisfies RawAnswer
  ;(await orrery.artifacts.createUpload({ artifact_path: 'a', path: 'b', num_parts: 3 }))
    .upload_id satisfies string
  // @ts-expect-error: the fields of the JSON body are demanded as well
  await orrery.artifacts.createUpload({ artifact_path: 'a' })
  const listing = await orrery.artifacts.listInStore({ path: 'a' })
  listing.files?.[0]?.file_size satisfies number | undefined
  await orrery.inWorkspace('vision').files.upload({ run_id: 'a' }, 'b', 'c')
  // @ts-expect-error: a run or a logged model
  await orrery.files.upload({ experiment_id: '0' }, 'b', 'c')
}

test('the verb of a hyphened row is in camel case', async () => {
  await orrery.artifacts.listInStore({ path: 'a b' })
  assert.equal(seen[0]!.url.pathname + seen[0]!.url.search, '/api/2.0/mlflow-artifacts/artifacts?path=a+b')
})

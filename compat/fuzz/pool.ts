import { type Client, makeClient } from '../faults/client.ts'
import type { Pool } from './messages.ts'

const API = '/api/2.0/mlflow'
const FILES = '/api/2.0/mlflow-artifacts/artifacts'

/** Fills the store with things that valid requests can name. */
export async function makePool(url: string): Promise<Pool> {
  const client = makeClient(url)
  try {
    const kept = await makeThings(client, 'kept', 3)
    const victims = await makeThings(client, 'victim', 30)
    const pageTokens = [
      await pageToken(client, 'experiments'),
      await pageToken(client, 'runs', victims.experimentIds),
    ]
    return { ...kept, ...(await makeSigned(client, kept)), pageTokens, victims }
  } finally {
    client.close()
  }
}

async function makeThings(client: Client, name: string, count: number): Promise<Pool['victims']> {
  const things = {
    experimentIds: [] as string[],
    runIds: [] as string[],
    modelIds: [] as string[],
    files: [] as string[],
  }
  for (let i = 0; i < count; i++) {
    const { experiment_id } = await client.ask<{ experiment_id: string }>(
      'POST',
      `${API}/experiments/create`,
      {
        name: `${name} ${i}`,
      },
    )
    const { run } = await client.ask<{ run: { info: { run_id: string } } }>('POST', `${API}/runs/create`, {
      experiment_id,
      tags: [{ key: 'x y', value: 'a' }],
    })
    const { run_id } = run.info
    await client.ask('POST', `${API}/runs/log-batch`, {
      run_id,
      metrics: Array.from({ length: 5 }, (_, step) => ({ key: 'loss', value: step, timestamp: step, step })),
      params: [{ key: 'a', value: 'b' }],
    })
    const { model } = await client.ask<{ model: { info: { model_id: string } } }>(
      'POST',
      `${API}/logged-models`,
      {
        experiment_id,
        name: 'model',
      },
    )
    const file = `${experiment_id}/${run_id}/artifacts/a.txt`
    await client.send('PUT', `${FILES}/${file}`, Buffer.from('hello'))
    things.experimentIds.push(experiment_id)
    things.runIds.push(run_id)
    things.modelIds.push(model.info.model_id)
    things.files.push(file)
  }
  return things
}

interface SignedUrl {
  readonly url?: string
  readonly presigned_url?: string
}

/** Signed addresses of every kind, and uploads in parts that are still open. */
async function makeSigned(client: Client, { files, runIds }: Pool['victims']) {
  const urls: SignedUrl[] = []
  const uploadIds: string[] = []
  for (const [i, file] of files.entries()) {
    const toRun = { run_id: runIds[i], path: 'signed.txt' }
    const upload = await client.ask<{ upload_id: string; credentials: SignedUrl[] }>(
      'POST',
      `${FILES.replace(/artifacts$/, 'mpu/create')}/${file}`,
      { path: 'a.txt', num_parts: 3 },
    )
    uploadIds.push(upload.upload_id)
    urls.push(
      ...upload.credentials,
      await client.ask<SignedUrl>('GET', `${FILES.replace(/artifacts$/, 'presigned')}/${file}`),
      await client.ask<SignedUrl>('POST', `${API}/artifacts/presigned-upload-url`, toRun),
    )
  }
  return { uploadIds, grants: urls.map(grantOf) }
}

function grantOf({ url, presigned_url }: SignedUrl): string {
  return new URL(url ?? presigned_url!).searchParams.get('grant')!
}

/** As a search gives it when there is more. */
async function pageToken(client: Client, noun: string, experiment_ids?: readonly string[]): Promise<string> {
  const asked = { max_results: 1, ...(experiment_ids === undefined ? {} : { experiment_ids }) }
  const answer = await client.ask<{ next_page_token: string }>('POST', `${API}/${noun}/search`, asked)
  return answer.next_page_token
}

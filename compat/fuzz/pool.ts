import { type Client, makeClient } from '../faults/client.ts'
import type { Pool } from './messages.ts'

const API = '/api/2.0/mlflow'
const OURS = '/api/orrery/v1'
const FILES = '/api/2.0/mlflow-artifacts/artifacts'

/**
 * Fills the store with things that valid requests can name.
 *
 * @param receiver an address that takes what is sent to it, and that the server may call
 */
export async function makePool(url: string, receiver: string): Promise<Pool> {
  const client = makeClient(url)
  try {
    const kept = await makeThings(client, receiver, 'kept', 3)
    const victims = await makeThings(client, receiver, 'victim', 30)
    const pageTokens = [
      await pageToken(client, 'experiments'),
      await pageToken(client, 'runs', victims.experimentIds),
      await pageToken(client, 'registered-models'),
      await pageToken(client, 'model-versions'),
    ]
    const { body: archive } = await client.send('GET', `${OURS}/registry/models/kept%200/versions/1/archive`)
    return { ...kept, ...(await makeSigned(client, kept)), pageTokens, archive, receiver, victims }
  } finally {
    client.close()
  }
}

async function makeThings(
  client: Client,
  receiver: string,
  name: string,
  count: number,
): Promise<Pool['victims']> {
  const things = {
    experimentIds: [] as string[],
    runIds: [] as string[],
    modelIds: [] as string[],
    files: [] as string[],
    registered: [] as string[],
    subscriptions: [] as string[],
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
    things.registered.push(await register(client, `${name} ${i}`, run_id, file))
    things.subscriptions.push(await subscribe(client, receiver, i % 2 === 0 ? 'mlflow' : 'cloudevents'))
  }
  return things
}

/** @returns the id of a subscription, which MLflow calls that of a webhook */
async function subscribe(client: Client, url: string, shape: string): Promise<string> {
  const asked = { name: 'kept', url, shape }
  const { status, body } = await client.send('POST', `${OURS}/subscriptions`, asked)
  if (status !== 201) throw new Error(`subscriptions: ${status} ${body}`)
  return (JSON.parse(body.toString()) as { subscription: { id: string } }).subscription.id
}

/** A registered model with two versions, of a file of a run and of another store. @returns its name */
async function register(client: Client, name: string, run_id: string, file: string): Promise<string> {
  await client.ask('POST', `${API}/registered-models/create`, { name, tags: [{ key: 'a', value: 'b' }] })
  await client.ask('POST', `${API}/model-versions/create`, {
    name,
    run_id,
    source: `mlflow-artifacts:/${file.replace(/\/[^/]+$/, '')}`,
  })
  await client.ask('POST', `${API}/model-versions/create`, { name, source: 's3://bucket/model' })
  await client.ask('POST', `${API}/registered-models/alias`, { name, alias: 'champion', version: '1' })
  return name
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
  const isRegistry = noun.startsWith('registered') || noun.startsWith('model')
  const answer = isRegistry
    ? await client.ask<{ next_page_token: string }>('GET', `${API}/${noun}/search?max_results=1`)
    : await client.ask<{ next_page_token: string }>('POST', `${API}/${noun}/search`, asked)
  return answer.next_page_token
}

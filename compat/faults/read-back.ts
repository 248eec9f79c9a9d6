import type { Observed } from './check.ts'
import { type Client, makeClient } from './client.ts'
import type { Cell } from './ledger.ts'
import { fileCell, MARK_TAGS, markCell, paramCell, pointCell, tagCell } from './places.ts'

interface KeyValue {
  readonly key: string
  readonly value: string
}

interface Point {
  readonly key: string
  readonly value: number
  readonly step: number
}

interface Run {
  readonly info: { readonly run_id: string }
  readonly data: { readonly metrics?: Point[]; readonly params?: KeyValue[]; readonly tags?: KeyValue[] }
}

interface FileInfo {
  readonly path: string
  readonly is_dir: boolean
  readonly file_size?: number
}

const API = '/api/2.0/mlflow'
const FILES = '/api/2.0/mlflow-artifacts/artifacts'
/** The series that the load writes; a series without a latest value would not be found by asking the run. */
const SERIES = ['loss', 'even', 'odd'] as const
const AT_ONCE = 8

/** Reads everything below an experiment through the API. @param filePlaces where files may be, shown or not */
export async function readBack(
  url: string,
  experimentId: string,
  filePlaces: readonly string[],
): Promise<Observed> {
  const client = makeClient(url)
  try {
    const observed = { cells: [] as Cell[], halfVisible: [] as string[], disagreeing: [] as string[] }
    const runs = await allRuns(client, experimentId)
    await inTurns(runs, async (run) => {
      observed.cells.push(...entriesOf(run))
      await readSeries(client, run, observed)
      await readFiles(client, `${experimentId}/${run.info.run_id}/artifacts`, run.info.run_id, observed)
    })
    await findHidden(client, experimentId, filePlaces, observed)
    return observed
  } finally {
    client.close()
  }
}

type Found = { cells: Cell[]; halfVisible: string[]; disagreeing: string[] }

async function allRuns(client: Client, experimentId: string): Promise<Run[]> {
  const runs: Run[] = []
  for (let page: string | undefined = ''; page !== undefined; ) {
    const asked = {
      experiment_ids: [experimentId],
      max_results: 1000,
      run_view_type: 'ALL',
      page_token: page,
    }
    const answer: { runs?: Run[]; next_page_token?: string } = await client.ask(
      'POST',
      `${API}/runs/search`,
      asked,
    )
    runs.push(...(answer.runs ?? []))
    page = answer.next_page_token
  }
  return runs
}

function entriesOf({ info: { run_id }, data: { params = [], tags = [] } }: Run): Cell[] {
  const marks = tags.filter(({ key }) => (MARK_TAGS as readonly string[]).includes(key))
  const others = tags.filter(({ key }) => !key.startsWith('ledger.') && !key.startsWith('mlflow.'))
  return [
    ...marks.map(({ key, value }) => markCell(value, key, run_id)),
    ...params.map(({ key, value }) => paramCell(run_id, key, value)),
    ...others.map(({ key, value }) => tagCell(run_id, key, value)),
  ]
}

async function readSeries(client: Client, { info, data }: Run, found: Found): Promise<void> {
  for (const key of SERIES) {
    const asked = `run_id=${info.run_id}&metric_key=${key}`
    const { metrics = [] } = await client.ask<{ metrics?: Point[] }>(
      'GET',
      `${API}/metrics/get-history?${asked}`,
    )
    found.cells.push(...metrics.map((point) => pointCell(info.run_id, key, point.step, point.value)))
    const last = metrics.reduce<Point | undefined>((a, b) => (a && a.step > b.step ? a : b), undefined)
    const told = data.metrics?.find((metric) => metric.key === key)
    if (last?.value !== told?.value) found.disagreeing.push(`${info.run_id} ${key}`)
  }
}

async function readFiles(client: Client, folder: string, runId: string, found: Found): Promise<void> {
  const { files = [] } = await client.ask<{ files?: FileInfo[] }>('GET', `${FILES}?path=${folder}`)
  for (const { path, is_dir, file_size } of files) {
    const place = `${folder}/${path}`
    if (is_dir) {
      await readFiles(client, place, runId, found)
      continue
    }
    const { status, body } = await client.send('GET', `${FILES}/${place}`)
    if (status !== 200 || body.length !== Number(file_size ?? 0)) found.halfVisible.push(place)
    else found.cells.push(fileCell(runId, place.split('/artifacts/')[1]!, body))
  }
}

/** What no listing shows must not be there. */
async function findHidden(client: Client, experimentId: string, places: readonly string[], found: Found) {
  const shown = new Set(found.cells.map(({ place }) => place))
  await inTurns(
    places.filter((place) => !shown.has(place)),
    async (place) => {
      const [, runId, path] = place.split(' ')
      const { status } = await client.send('GET', `${FILES}/${experimentId}/${runId}/artifacts/${path}`)
      if (status !== 404) found.halfVisible.push(`${place} (not listed, answers ${status})`)
    },
  )
}

async function inTurns<Item>(items: readonly Item[], each: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  const turn = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await each(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, turn))
}

/** Calls of MLflow's REST API by the bench itself, outside all measurements. */

/** @param path below `/api/2.0/mlflow/` unless it begins with a slash */
export async function post<Answer>(url: string, path: string, body: object): Promise<Answer> {
  const response = await fetch(address(url, path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answerOf(response)
}

export async function get<Answer>(url: string, path: string): Promise<Answer> {
  return answerOf(await fetch(address(url, path)))
}

function address(url: string, path: string): string {
  return path.startsWith('/') ? `${url}${path}` : `${url}/api/2.0/mlflow/${path}`
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  return JSON.parse(await answered(response)) as Answer
}

/** @returns the body, if the answer is a success */
export async function answered(response: Response): Promise<string> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`)
  return text
}

/** @returns the ids of new runs in the Default experiment */
export async function createRuns(url: string, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const body = { experiment_id: '0', start_time: Date.now(), run_name: `bench-${n}` }
    const { run } = await post<{ run: { info: { run_id: string } } }>(url, 'runs/create', body)
    ids.push(run.info.run_id)
  }
  return ids
}

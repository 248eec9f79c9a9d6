import { type Caller, Problem } from '@orrery/base/kernel'
import type { RegistrySearch } from '@orrery/domain/registry'
import type { Tracking } from '@orrery/domain/tracking'
import type { Corpus } from './corpus.ts'
import type { Answer, Question } from './question.ts'

/** Every fourth question is asked in small pages, which also proves that pages fit together. */
const pageSize = (question: Question) => (JSON.stringify(question).length % 4 === 0 ? 23 : 1_000)

/** Asks our store through the verbs, page by page. */
export function askOrrery(
  search: Tracking['search'],
  registry: RegistrySearch,
  caller: Caller,
  corpus: Corpus,
) {
  const runs = places(corpus.runs)
  const experiments = places(corpus.experiments)
  const models = places(corpus.models)
  const registered = places(corpus.registered.map(({ name }) => ({ id: name })))
  const versions = places(
    corpus.registered.flatMap((model) =>
      model.versions.map(({ version }) => ({ id: `${model.name}/${version}` })),
    ),
  )

  async function find(question: Question): Promise<(number | string)[]> {
    switch (question.of) {
      case 'runs':
        return allPages(async (pageToken) => {
          const page = await search.runs(caller, {
            experimentIds: question.experiments,
            filter: question.filter,
            orderBy: question.orderBy,
            viewType: question.view,
            maxResults: pageSize(question),
            pageToken,
          })
          return [page.runs.map(({ info }) => runs.get(info.runId)!), page.nextPageToken]
        })
      case 'experiments':
        return allPages(async (pageToken) => {
          const { of: _, view, ...asked } = question
          const page = await search.experiments(caller, {
            ...asked,
            viewType: view,
            maxResults: 3,
            pageToken,
          })
          return [
            page.experiments.map(({ experimentId }) => experiments.get(experimentId)!),
            page.nextPageToken,
          ]
        })
      case 'models':
        return allPages(async (pageToken) => {
          const page = await search.loggedModels(caller, {
            experimentIds: question.experiments,
            filter: question.filter,
            datasets: question.datasets.map(datasetOf),
            orderBy: question.orderBy.map(({ field, ascending, dataset }) => ({
              fieldName: field,
              ascending,
              ...(dataset === undefined ? {} : datasetOf(dataset)),
            })),
            maxResults: pageSize(question),
            pageToken,
          })
          return [page.models.map(({ modelId }) => models.get(modelId)!), page.nextPageToken]
        })
      case 'datasets': {
        const found = await search.datasets(caller, { experimentIds: question.experiments })
        return found
          .map(({ experimentId, name, digest, context }) => python([experimentId, name, digest, context]))
          .sort()
      }
      case 'registered models':
        return allPages(async (pageToken) => {
          const { of: _, ...asked } = question
          const page = await registry.models(caller, { ...asked, maxResults: pageSize(question), pageToken })
          return [page.models.map(({ name }) => registered.get(name)!), page.nextPageToken]
        })
      case 'model versions':
        return allPages(async (pageToken) => {
          const { of: _, ...asked } = question
          const page = await registry.versions(caller, {
            ...asked,
            maxResults: pageSize(question),
            pageToken,
          })
          return [
            page.versions.map(({ name, version }) => versions.get(`${name}/${version}`)!),
            page.nextPageToken,
          ]
        })
    }
  }

  return async (question: Question): Promise<Answer> => {
    try {
      return await find(question)
    } catch (e) {
      if (e instanceof Problem) return { error: e.code }
      throw e
    }
  }
}

const places = (things: readonly { id: string }[]) => new Map(things.map(({ id }, place) => [id, place]))

const datasetOf = ({ name, digest }: { name: string; digest?: string }) => ({
  datasetName: name,
  datasetDigest: digest,
})

/** JSON as Python prints it. */
const python = (row: readonly (string | null)[]) => `[${row.map((cell) => JSON.stringify(cell)).join(', ')}]`

async function allPages<Item>(
  ask: (token: string | undefined) => Promise<[Item[], string | undefined]>,
): Promise<Item[]> {
  const found: Item[] = []
  let token: string | undefined
  do {
    const [items, next] = await ask(token)
    found.push(...items)
    token = next
  } while (token !== undefined)
  return found
}

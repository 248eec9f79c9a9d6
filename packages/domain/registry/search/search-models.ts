import { parseFilter, REGISTERED_MODELS, splitPrompts } from '@orrery/base/filter'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { checkMaxResults, readToken, searchName, writeToken } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { type FoundModel, MODEL_COLUMNS } from '../models/find-model.ts'
import { loadModels } from '../models/load-models.ts'
import type { RegisteredModel } from '../registered-model.ts'
import type { RegistrySearch } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { findModels } from './find-models.ts'
import { inChunks } from './in-chunks.ts'
import { modelTerms, type NamedTerm } from './registry-order.ts'

/** Finds models or prompts, as MLflow would; `RegistrySearch` has the promise. */
export function makeSearchModels({ db }: Pick<RegistryDeps, 'db'>): RegistrySearch['models'] {
  return async function searchModels(caller, search) {
    const limit = checkMaxResults(search.maxResults, 100, 1_000)
    const { prompts, filter } = splitPrompts(parseFilter(search.filter, REGISTERED_MODELS))
    const terms = modelTerms(search.orderBy, REGISTERED_MODELS)
    const name = searchName('registered models', caller.workspace.key, search.filter ?? '', orderOf(terms))
    const after = readToken(search.pageToken, name)?.after
    const kind = prompts ? 'prompt' : 'model'
    return db.scan(async (reads) => {
      const keys = await findModels(reads, { caller, kind, filter, after, limit: limit + 1 }, terms)
      const models = await inChunks(keys.slice(0, limit), (some) => load(reads, some))
      const last = keys.length > limit ? models.at(-1) : undefined
      if (last === undefined) return { models }
      const place = { plan: 0, part: 0, skip: 0, after: terms.map((term) => sortValue(last, term)) }
      return { models, nextPageToken: writeToken(name, place) }
    })
  }
}

const orderOf = (terms: readonly NamedTerm[]) => terms.map(({ name, descending }) => [name, descending])

const sortValue = (model: RegisteredModel, { name }: NamedTerm) =>
  name === 'name' ? model.name : model.updatedAt

const byKeys = statement(
  'registry.models-by-keys',
  (k: Kysely<RegistryTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('registered_models')
      .select(MODEL_COLUMNS)
      .where(words.among(sql.ref('registered_models.model_key'), p.keys)),
)

async function load(reads: Reads, keys: readonly number[]): Promise<RegisteredModel[]> {
  const rows: FoundModel[] = await reads.all(byKeys, { keys })
  const found = new Map(rows.map((model) => [model.key, model]))
  return loadModels(
    reads,
    keys.flatMap((key) => found.get(key) ?? []),
  )
}

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { MODEL_VERSIONS, parseFilter, REGISTERED_MODELS } from '@orrery/base/filter'
import type { Caller } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type RawBuilder, sql } from 'kysely'
import { localOwner } from '../../access/index.ts'
import { keepModels } from '../testing/keep-models.ts'
import { reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { findLead, tagLeads } from './find-lead.ts'
import { type Asked, wayToModels } from './find-models.ts'
import { wayToVersions } from './find-versions.ts'
import { MODEL_TAGS } from './registry-conditions.ts'
import { modelTerms, versionTerms } from './registry-order.ts'
import { alongTerms, foundFirst } from './sorted-keys.ts'
import { versionLeads } from './version-leads.ts'
import { tiedQuery, walkQuery } from './walk-by-time.ts'

const caller = localOwner({ key: 1, name: 'default' }, { requestId: 'test', address: '' })
const MODELS = 300
const VERSIONS = 20

interface Question {
  readonly filter?: string
  readonly orderBy?: string[]
  readonly after?: (string | number)[]
  readonly caller?: Caller
}

const askedOf = (question: Question, filter: Asked['filter']): Asked => ({
  caller: question.caller ?? caller,
  kind: 'model',
  filter,
  after: question.after,
  limit: 11,
})

/** What the search asks, and whether it begins with a lead. */
async function versionQueries(reads: Reads, question: Question) {
  const asked = askedOf(question, parseFilter(question.filter, MODEL_VERSIONS))
  const terms = versionTerms(question.orderBy, MODEL_VERSIONS)
  const lead = await findLead(reads, versionLeads(reads, asked), 'model_versions', asked.limit)
  const way = wayToVersions(reads, asked, terms, lead)
  return {
    leads: lead !== undefined,
    page: (lead === undefined ? alongTerms : foundFirst)(way, terms, asked.limit),
    walk: walkQuery(way, terms, asked.limit),
    ties: tiedQuery(way, terms, 1_000, asked.limit),
  }
}

async function modelQueries(reads: Reads, question: Question) {
  const asked = askedOf(question, parseFilter(question.filter, REGISTERED_MODELS))
  const terms = modelTerms(question.orderBy, REGISTERED_MODELS)
  const lead = await findLead(
    reads,
    tagLeads(reads, asked.filter, MODEL_TAGS),
    'registered_models',
    asked.limit,
  )
  const page = (lead === undefined ? alongTerms : foundFirst)(
    wayToModels(reads, asked, terms, lead),
    terms,
    asked.limit,
  )
  return { leads: lead !== undefined, page, walk: page, ties: page }
}

interface Row {
  readonly says: string
  readonly of: typeof versionQueries | typeof modelQueries
  readonly question: Question
  readonly part?: 'page' | 'walk' | 'ties'
  readonly leads: boolean
  /** Steps of the plans, in their order. SQLite says SEARCH where it enters an index and SCAN where it reads all. */
  readonly sqlite: readonly RegExp[]
  readonly postgres: readonly RegExp[]
}

const rows: readonly Row[] = [
  {
    says: 'versions changed last are walked to by their time',
    of: versionQueries,
    question: {},
    part: 'walk',
    leads: false,
    sqlite: [
      /SEARCH v USING INDEX model_versions_by_update \(workspace_key=\?\)$/,
      /SEARCH m USING INTEGER PRIMARY/,
    ],
    postgres: [
      /Index Scan Backward using model_versions_by_update/,
      /Index Scan using registered_models_pkey/,
    ],
  },
  {
    says: 'and the rest of a moment is looked up by it',
    of: versionQueries,
    question: {},
    part: 'ties',
    leads: false,
    sqlite: [/model_versions_by_update \(workspace_key=\? AND updated_at=\?\)/],
    postgres: [/using model_versions_by_update|on model_versions_by_update/],
  },
  {
    says: 'the next page enters the index where the last one ended',
    of: versionQueries,
    question: { after: [5_000, 'model-3', 4] },
    part: 'walk',
    leads: false,
    sqlite: [/model_versions_by_update \(workspace_key=\? AND updated_at<\?\)/],
    postgres: [/using model_versions_by_update/, /updated_at <= /],
  },
  {
    says: 'versions by their creation are walked to as well',
    of: versionQueries,
    question: { orderBy: ['creation_timestamp'] },
    part: 'walk',
    leads: false,
    sqlite: [/SEARCH v USING INDEX model_versions_by_creation \(workspace_key=\?\)$/],
    postgres: [/Index Scan using model_versions_by_creation/],
  },
  {
    says: 'versions by name go from model to model',
    of: versionQueries,
    question: { orderBy: ['name'] },
    leads: false,
    sqlite: [
      /SEARCH m USING INDEX sqlite_autoindex_registered_models_1/,
      /SEARCH v USING (COVERING )?INDEX sqlite_autoindex_model_versions_1 \(model_key=\?\)/,
    ],
    postgres: [
      /Presorted Key: m.name/,
      /using registered_models_(workspace_key_name_key|by_name)/,
      /using model_versions_model_key_version_key/,
    ],
  },
  {
    says: 'a tag that few versions have is read first',
    of: versionQueries,
    question: { filter: "tags.ticket = 'T-7'" },
    leads: true,
    sqlite: [
      /SEARCH t USING (COVERING )?INDEX version_tags_by_value \(key=\? AND <expr>=\?\)/,
      /SEARCH v USING INTEGER PRIMARY KEY/,
    ],
    postgres: [/version_tags_by_value/, /using model_versions_pkey/],
  },
  {
    says: 'a tag that many have is looked up version by version',
    of: versionQueries,
    question: { filter: "tags.flavor = 'sklearn'" },
    part: 'walk',
    leads: false,
    sqlite: [
      /SEARCH v USING INDEX model_versions_by_update/,
      /SEARCH e USING PRIMARY KEY \(version_key=\? AND key=\?\)/,
    ],
    postgres: [/using model_versions_by_update/, /using version_tags_pkey/],
  },
  {
    says: 'of two tags the rarer one is read first',
    of: versionQueries,
    question: { filter: "tags.flavor = 'sklearn' AND tags.ticket = 'T-7'" },
    leads: true,
    sqlite: [/SEARCH t USING (COVERING )?INDEX version_tags_by_value/, /SEARCH e USING PRIMARY KEY/],
    postgres: [/version_tags_by_value/],
  },
  {
    says: 'a key that few have is read first also where the value is looked through',
    of: versionQueries,
    question: { filter: "tags.rare LIKE 'x%'" },
    leads: true,
    sqlite: [/SEARCH t USING (COVERING )?INDEX version_tags_by_value \(key=\?\)/],
    postgres: [/version_tags_by_value/],
  },
  {
    says: 'versions of a run are found by it',
    of: versionQueries,
    question: { filter: "run_id = 'r7'" },
    leads: true,
    sqlite: [/SEARCH v USING INDEX model_versions_by_run \(workspace_key=\? AND run_id=\?\)/],
    postgres: [/model_versions_by_run/],
  },
  {
    says: 'and those of several runs too',
    of: versionQueries,
    question: { filter: "run_id IN ('r7', 'r8')" },
    leads: true,
    sqlite: [/SEARCH v USING INDEX model_versions_by_run \(workspace_key=\? AND run_id=\?\)/],
    postgres: [/model_versions_by_run/],
  },
  {
    says: 'versions of a model are found by its name',
    of: versionQueries,
    question: { filter: "name = 'model-7'" },
    leads: true,
    sqlite: [
      /SEARCH m USING COVERING INDEX registered_models_by_name/,
      /SEARCH v USING INDEX \w+ \(model_key=\?\)/,
    ],
    postgres: [
      /registered_models_(workspace_key_name_key|by_name)/,
      /model_versions_(model_key_version_key|by_stage)/,
    ],
  },
  {
    says: 'who may read few models only is led by them',
    of: versionQueries,
    question: { caller: reading(caller, { kind: 'only', keys: [7, 8] }) },
    leads: true,
    sqlite: [/SEARCH m USING INTEGER PRIMARY KEY/, /SEARCH v USING INDEX \w+ \(model_key=\?\)/],
    postgres: [/model_versions_(model_key_version_key|by_stage)/],
  },
  {
    says: 'who may read thousands of models walks along the order',
    of: versionQueries,
    question: {
      caller: reading(caller, { kind: 'only', keys: Array.from({ length: 5_000 }, (_, at) => at) }),
    },
    part: 'walk',
    leads: false,
    sqlite: [
      /SEARCH v USING INDEX model_versions_by_update \(workspace_key=\?\)$/,
      /SEARCH m USING INTEGER PRIMARY KEY/,
    ],
    postgres: [/Index Scan Backward using model_versions_by_update/],
  },
  {
    says: 'models come along their names',
    of: modelQueries,
    question: {},
    leads: false,
    sqlite: [/SEARCH m USING COVERING INDEX registered_models_by_name \(workspace_key=\? AND kind=\?\)$/],
    postgres: [/Index (Only )?Scan using registered_models_(workspace_key_name_key|by_name)/],
  },
  {
    says: 'and along their time',
    of: modelQueries,
    question: { orderBy: ['timestamp DESC'], after: [5_000, 'model-3'] },
    leads: false,
    sqlite: [
      /registered_models_by_update \(workspace_key=\? AND kind=\? AND updated_at<\?\)/,
      /LAST TERM OF ORDER BY/,
    ],
    postgres: [/Presorted Key: (m\.)?updated_at/, /Scan Backward using registered_models_by_update/],
  },
  {
    says: 'a tag that few models have is read first',
    of: modelQueries,
    question: { filter: "tags.owner = 'o-7'" },
    leads: true,
    sqlite: [
      /SEARCH t USING (COVERING )?INDEX registered_model_tags_by_value \(key=\? AND <expr>=\?\)/,
      /SEARCH m USING INTEGER PRIMARY/,
    ],
    postgres: [/registered_model_tags_by_value/],
  },
  {
    says: 'a tag that many have is looked up model by model',
    of: modelQueries,
    question: { filter: "tags.team = 'red'" },
    leads: false,
    sqlite: [
      /SEARCH m USING (COVERING )?INDEX registered_models_by_name/,
      /SEARCH e USING PRIMARY KEY \(model_key=\? AND key=\?\)/,
    ],
    postgres: [
      /using registered_models_(workspace_key_name_key|by_name)/,
      /using registered_model_tags_pkey/,
    ],
  },
]

/*
 * Which index each search is read by, in a store that is large enough for PostgreSQL to want one. At 100,000 versions a
 * walk or a lead takes some milliseconds and a sort of all versions 0.2 s, so a plan that changes here is a promise
 * broken.
 */
eachEngine('plans of the searches of the registry', TEST_MIGRATIONS, (open, engine) => {
  let db: Database
  before(async () => {
    db = await open()
    await keepModels(
      db,
      1,
      Array.from({ length: MODELS }, (_, at) => modelAt(at)),
    )
    if (engine !== 'sqlite') await db.inTx((tx) => sql`analyze`.execute(tx.tables()))
  })
  after(() => db.close())

  for (const { says, of, question, part = 'page', leads, sqlite, postgres } of rows) {
    test(says, async () => {
      const found = await db.scan((reads) => of(reads, question))
      assert.equal(found.leads, leads)
      const plan = await db.scan((reads) => planOf(reads, found[part], engine))
      let at = 0
      for (const step of engine === 'sqlite' ? sqlite : postgres) {
        at = plan.findIndex((line, place) => place >= at && step.test(line)) + 1
        assert.ok(at > 0, `no ${step} in\n${plan.join('\n')}`)
      }
      assert.ok(
        !plan.some((line) => /^SCAN [vmte]\b|Seq Scan on (model_versions|version_tags)/.test(line)),
        plan.join('\n'),
      )
    })
  }
})

function modelAt(at: number) {
  return {
    name: `model-${at}`,
    updatedAt: at,
    tags: { team: at % 10 === 0 ? 'blue' : 'red', owner: `o-${at}`, note: 'n'.repeat(200) },
    versions: Array.from({ length: VERSIONS }, (_, n) => {
      const place = at * VERSIONS + n
      const tags = {
        flavor: place % 3 === 0 ? 'xgboost' : 'sklearn',
        ticket: `T-${place % 1_000}`,
        note: 'n'.repeat(200),
      }
      return {
        version: n + 1,
        runId: `r${place}`,
        createdAt: place,
        updatedAt: place,
        tags: place % 500 === 0 ? { ...tags, rare: 'x' } : tags,
      }
    }),
  }
}

/** How the engine would answer, one step a line; on SQLite the outermost table comes first. */
async function planOf(reads: Reads, query: RawBuilder<unknown>, engine: string): Promise<string[]> {
  if (engine === 'sqlite') {
    const { rows } = await sql<{ detail: string }>`explain query plan ${query}`.execute(reads.tables())
    return rows.map(({ detail }) => detail)
  }
  const { rows } = await sql<Record<string, string>>`explain ${query}`.execute(reads.tables())
  return rows.flatMap((row) => Object.values(row))
}

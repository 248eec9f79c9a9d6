import {
  EXPERIMENTS,
  type Field,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  REGISTERED_MODELS,
  RUNS,
  type Vocabulary,
} from '@orrery/base/filter'

const SEARCHES = [RUNS, EXPERIMENTS, LOGGED_MODELS, REGISTERED_MODELS, MODEL_VERSIONS]

/** docs/search.md, with the words of each search as the server knows them. */
export function searchPage(): string {
  return `# Search

\`filter\` and \`order_by\` of the searches for runs, experiments, logged models, registered models and their
versions are MLflow's language.

\`\`\`python
mlflow.search_runs(
    experiment_names=["wine"],
    filter_string="metrics.rmse < 0.7 AND params.model = 'forest' AND tags.team LIKE 'a%'",
    order_by=["metrics.rmse ASC", "start_time DESC"],
)
\`\`\`

- Clauses are joined by \`AND\`; there is no \`OR\` and no parentheses.
- A name without a prefix is an attribute. Names with spaces, dots in odd places or quotes of their own are quoted by
  backticks or double quotes: \`metrics.\`val loss\`\`.
- Texts stand in single or double quotes, numbers without. Params and tags hold texts: \`params.depth = '3'\`.
- \`LIKE\` minds upper and lower case, \`ILIKE\` does not; \`%\` stands for any text, \`_\` for one character.
- A clause on a metric, param or tag finds only what has one of that name, also with \`!=\`. \`IS NULL\` finds what has none.
- Searches for registered models and versions leave prompts out, unless the filter has
  \`\`tags.\`mlflow.prompt.is_prompt\` = 'true'\`\`.
- In an order, missing values come last in both directions, and NaN comes before them. Runs that are equal come
  newest first.
- A filter may have 10,000 characters; a page token belongs to the search that gave it.

A filter that cannot be read is refused with its place, what was found there and what is allowed.

${SEARCHES.map(section).join('\n')}`
}

function section(vocabulary: Vocabulary): string {
  const rows = [...openRows(vocabulary), ...closedRows(vocabulary)]
  return `## ${vocabulary.of[0]!.toUpperCase()}${vocabulary.of.slice(1)}

| name | holds | comparisons | in \`order_by\` |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

function openRows({ open, prefixes }: Vocabulary): string[] {
  return Object.entries(open).map(([entity, field]) => {
    const names = Object.keys(prefixes).filter((prefix) => prefixes[prefix] === entity)
    return row(names.map((prefix) => `\`${prefix}.…\``).join(', '), field)
  })
}

/** An alias stands with the name it means. */
function closedRows({ closed }: Vocabulary): string[] {
  return Object.entries(closed).flatMap(([entity, fields]) => {
    const names = Object.entries(fields).filter(([, { name }]) => name === undefined)
    return names.map(([key, field]) => {
      const aliases = Object.entries(fields).flatMap(([alias, { name }]) => (name === key ? alias : []))
      const shown = [key, ...aliases].map((name) => `\`${entity === 'dataset' ? 'datasets.' : ''}${name}\``)
      return row(shown.join(', '), field)
    })
  })
}

const HOLDS = { text: 'text', number: 'number', whole: 'whole number' } as const

function row(names: string, { holds, ops, sortable }: Field): string {
  return `| ${names} | ${HOLDS[holds]} | ${ops.map((op) => `\`${op}\``).join(' ')} | ${sortable ? 'yes' : ''} |`
}

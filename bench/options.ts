import { parseArgs } from 'node:util'

export interface Options {
  /** Names of parts; all if empty. */
  readonly parts: readonly string[]
  readonly rounds: number
  /** Replaces the time of every load. */
  readonly seconds: number | undefined
  readonly quick: boolean
  /** 0 leaves `mlflow server` out. */
  readonly mlflowRounds: number
  readonly keep: string | undefined
  readonly temp: string | undefined
  readonly pageOnly: boolean
}

export const USAGE = `Usage: npm run bench [-- PART... [options]]

Runs the parts, or all of them, and writes what they found into bench/RESULTS.md.

  --rounds N        how often everything is measured [3]
  --seconds N       how long one load lasts, instead of the part's own time
  --quick           one round, short loads, a hundredth of the data; writes nothing
  --mlflow-rounds N how many of the rounds mlflow server takes part in [all]
  --without-mlflow  measures Orrery alone
  --keep DIR        keeps the large filled stores there and uses them again
  --page            writes the page anew from results.json and notes.md, measures nothing
  --temp DIR        where everything else lies while it is measured [the system's temporary folder]

ORRERY_BENCH_MLFLOW names the mlflow program to compare with; without it the one of the compatibility tests is used.
ORRERY_TEST_POSTGRES_URL names a PostgreSQL server to use; without it one from npm is started.`

export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'mlflow-rounds': { type: 'string' },
      'without-mlflow': { type: 'boolean', default: false },
      keep: { type: 'string' },
      temp: { type: 'string' },
      page: { type: 'boolean', default: false },
    },
  })
  const rounds = count('--rounds', values.rounds) ?? (values.quick ? 1 : 3)
  return {
    parts: positionals,
    rounds,
    seconds: count('--seconds', values.seconds) ?? (values.quick ? 2 : undefined),
    quick: values.quick,
    mlflowRounds: values['without-mlflow']
      ? 0
      : (count('--mlflow-rounds', values['mlflow-rounds']) ?? rounds),
    keep: values.keep,
    temp: values.temp,
    pageOnly: values.page,
  }
}

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new Error(`${flag} is '${text}'; it takes a whole number from 1 to 99999.`)
}

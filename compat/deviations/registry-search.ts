import type { Question } from '../filters/question.ts'
import {
  type Deviation,
  either,
  filterHas,
  JOINED,
  NO_AND,
  type Outcome,
  orderHas,
  RESERVED,
} from './deviation.ts'

interface Row {
  readonly what: string
  readonly reason: string
  readonly mlflow: Outcome
  readonly ours: Outcome
  readonly filter?: string
  readonly orderBy?: readonly string[]
  readonly covers: (question: Question) => boolean
  /** Both unless named. */
  readonly only?: 'registered models' | 'model versions'
}

const rows: readonly Row[] = [
  {
    what: 'Attributes may stand in backticks',
    reason: 'They may in every other search. MLflow looks for the attribute with its backticks here.',
    mlflow: 'refuses',
    ours: 'answers',
    filter: "`name` != 'nobody'",
    covers: either(filterHas(/`name`/), orderHas(/`name`/)),
  },
  {
    what: 'Reserved words of SQL are names behind a dot',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    filter: "tags.case != 'nothing'",
    covers: filterHas(RESERVED),
  },
  {
    what: 'A name may hold - and / without quotes',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    filter: "tags.a/b != 'nothing'",
    covers: filterHas(JOINED),
  },
  {
    what: 'White space around an order is nothing',
    reason: 'MLflow refuses `name ` with a space behind it.',
    mlflow: 'refuses',
    ours: 'answers',
    orderBy: ['name '],
    covers: orderHas(/^\s|\s$/),
  },
  {
    what: 'An attribute to sort by may be called one',
    reason: 'MLflow takes `attribute.name` in the filter and, of versions, in the order too.',
    mlflow: 'refuses',
    ours: 'answers',
    orderBy: ['attribute.name'],
    covers: orderHas(/^attribute\./),
    only: 'registered models',
  },
  {
    what: 'Behind each dot of a name something stands',
    reason: 'MLflow reads `tags. team` and `tags.a..b` as names with blanks and dots, which nobody means.',
    mlflow: 'answers',
    ours: 'refuses',
    filter: "tags. nobody != 'x'",
    covers: filterHas(/\btags?\.\s|\.\./),
  },
  {
    what: 'Between two conditions AND may be left out',
    reason: 'One grammar serves every search. MLflow minds it in some places.',
    mlflow: 'refuses',
    ours: 'answers',
    filter: "tags.team LIKE 'a' name NOT IN ('b')",
    covers: filterHas(NO_AND),
  },
  {
    what: 'Two texts side by side in a list are refused',
    reason: "A comma is missing; MLflow reads ('a' 'b') as the one text ab, as Python does.",
    mlflow: 'answers',
    ours: 'refuses',
    filter: "name NOT IN ('a' 'b')",
    covers: filterHas(/\(.*['"]\s*['"].*\)/s),
  },
  {
    what: 'Any whole number may be compared with a version',
    reason:
      'MLflow fails with an internal error beyond 64 bits, after which its client tries again for minutes.',
    mlflow: 'fails',
    ours: 'answers',
    filter: 'version_number < 99999999999999999999',
    covers: filterHas(/99999999999999999999/),
    only: 'model versions',
  },
]

const KINDS = ['registered models', 'model versions'] as const

/** The rows for each kind that they are about. */
export const registryDeviations: readonly Deviation[] = rows.flatMap(
  ({ filter = '', orderBy = [], only, ...row }) =>
    KINDS.filter((of) => only === undefined || of === only).map((of) => ({
      ...row,
      what: `${row.what}, of ${of}`,
      example: { of, filter, orderBy },
    })),
)

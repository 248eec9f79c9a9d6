import type { Question } from '../filters/question.ts'
import { type Deviation, DIGITS_FIRST, either, filterHas, JOINED, orderHas, RESERVED } from './deviation.ts'
import { registryDeviations } from './registry-search.ts'

type Of = Exclude<Question['of'], 'datasets' | 'registered models' | 'model versions'>

const EXPERIMENTS = ['0', '1', '2', '3', '5', '6']
const EMPTY = {
  runs: { of: 'runs', experiments: EXPERIMENTS, filter: '', orderBy: [], view: 'ALL' },
  experiments: { of: 'experiments', filter: '', orderBy: [], view: 'ALL' },
  models: { of: 'models', experiments: EXPERIMENTS, filter: '', datasets: [], orderBy: [] },
} as const satisfies Record<Of, Question>

const runs = (filter: string, orderBy: string[] = []): Question => ({ ...EMPTY.runs, filter, orderBy })
const experiments = (filter: string): Question => ({ ...EMPTY.experiments, filter })
const models = (filter: string): Question => ({ ...EMPTY.models, filter })

export const deviations: readonly Deviation[] = [
  {
    what: 'Reserved words of SQL are names behind a dot',
    reason: 'MLflow refuses `tags.in` unless it is quoted, although `in` is an ordinary tag.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs("tags.case != 'nothing'"),
    covers: either(filterHas(RESERVED), orderHas(RESERVED)),
  },
  {
    what: 'The same for experiments',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: experiments("tags.case != 'nothing'"),
    covers: filterHas(RESERVED),
  },
  {
    what: 'The same for logged models',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: models("tags.case != 'nothing'"),
    covers: filterHas(RESERVED),
  },
  {
    what: 'A name may begin with a digit',
    reason: 'MLflow reads `.5` as a number; the metric is called 5.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs('metrics.5 > -2'),
    covers: either(filterHas(DIGITS_FIRST), orderHas(DIGITS_FIRST)),
  },
  {
    what: 'The same for logged models',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: models("params.5 != 'x'"),
    covers: filterHas(DIGITS_FIRST),
  },
  {
    what: 'A name may hold - and / without quotes',
    reason: 'There is no arithmetic in a filter, so `metrics.val/loss` can mean nothing else.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs('metrics.val/loss > -2'),
    covers: either(filterHas(JOINED), orderHas(JOINED)),
  },
  {
    what: 'The same for experiments',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: experiments("tags.a/b != 'nothing'"),
    covers: filterHas(JOINED),
  },
  {
    what: 'The same for logged models',
    reason: 'MLflow takes `metrics.val/loss` there, but not `metrics.m-1`.',
    mlflow: 'refuses',
    ours: 'answers',
    example: models('metrics.m-1 != 99'),
    covers: filterHas(JOINED),
  },
  {
    what: 'White space around an order is nothing',
    reason: 'MLflow refuses `start_time ` with a space behind it.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs('', ['start_time ']),
    covers: orderHas(/^\s|\s$/),
  },
  {
    what: 'The same for experiments',
    reason: 'One grammar serves every search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: { ...EMPTY.experiments, orderBy: ['name '] },
    covers: orderHas(/^\s|\s$/),
  },
  {
    what: 'A key quoted as a whole may be sorted by',
    reason: 'MLflow takes `` `metrics.acc` DESC `` and refuses the same without the direction.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs('', ['`metrics.acc`']),
    covers: orderHas(/^`metrics\.acc`$/),
  },
  {
    what: 'Operators of experiment searches may be written in lower case',
    reason: 'MLflow takes `like` in every other search.',
    mlflow: 'refuses',
    ours: 'answers',
    example: experiments("name like 'f%'"),
    covers: filterHas(/(^|[^A-Z])(like|iLike|in|not in)\b/),
  },
  {
    what: 'More than one space may stand in IS NOT NULL',
    reason: 'MLflow looks for exactly one.',
    mlflow: 'refuses',
    ours: 'answers',
    example: runs('tags.team IS NOT  NULL'),
    covers: filterHas(/\bnot\s\s+null\b/i),
  },
  {
    what: 'Quotes around names and double quotes around text work for logged models too',
    reason: 'MLflow compares with the quotes as part of the text there, so that nothing is ever found.',
    mlflow: 'answers',
    ours: 'answers',
    example: models('name = "net"'),
    covers: filterHas(/"|\.'/),
  },
  {
    what: 'The status of a logged model is compared by its name',
    reason: "MLflow compares the number it stores with the text, so that `status = 'READY'` finds nothing.",
    mlflow: 'answers',
    ours: 'answers',
    example: models("status = 'READY'"),
    covers: filterHas(/\bstatus\b/),
  },
  {
    what: 'A NaN of a logged model is not 0',
    reason: 'MLflow stores it as 0 there, without the mark that it keeps for runs.',
    mlflow: 'answers',
    ours: 'answers',
    example: models('metrics.undefined_loss = 0'),
    covers: filterHas(/undefined_loss/),
  },
  {
    what: 'A number too large for a double is refused',
    reason: 'It can only be a mistake; MLflow compares with infinity.',
    mlflow: 'answers',
    ours: 'refuses',
    example: runs('metrics.acc < 1e309'),
    covers: filterHas(/1e309/),
  },
  {
    what: 'Numbers in searches for logged models are written as in the others',
    reason: 'MLflow reads them there as Python does: inf, nan, 1_000 and 1e+5 are numbers, and so is 1e309.',
    mlflow: 'answers',
    ours: 'refuses',
    example: models('metrics.acc < inf'),
    covers: filterHas(/\b(inf|nan|1_000|1e309)\b|1e\+5/),
  },
  {
    what: 'Any whole number may be compared with a time',
    reason:
      'MLflow fails with an internal error beyond 64 bits, after which its client tries again for minutes.',
    mlflow: 'fails',
    ours: 'answers',
    example: runs('start_time < 99999999999999999999'),
    covers: filterHas(/99999999999999999999/),
  },
  {
    what: 'The same for experiments',
    reason: 'One grammar serves every search.',
    mlflow: 'fails',
    ours: 'answers',
    example: experiments('creation_time < 99999999999999999999'),
    covers: filterHas(/99999999999999999999/),
  },
  {
    what: 'Two texts side by side in a list are refused',
    reason: "A comma is missing; MLflow reads ('a' 'b') as the one text ab, as Python does.",
    mlflow: 'answers',
    ours: 'refuses',
    example: runs("run_id NOT IN ('a' 'b')"),
    covers: filterHas(/\(.*['"]\s*['"].*\)/s),
  },
  ...registryDeviations,
]

import type { Question } from '../filters/question.ts'

/** `fails`: an internal error. `refuses`: the question is called invalid. */
export type Outcome = 'answers' | 'refuses' | 'fails'

/**
 * One way in which our searches differ from MLflow's on purpose. The test of the searches excuses differences on
 * the questions that it covers, and fails when the example no longer differs.
 */
export interface Deviation {
  readonly what: string
  readonly reason: string
  /** What MLflow does with such a question, and what we do. */
  readonly mlflow: Outcome
  readonly ours: Outcome
  readonly example: Question
  readonly covers: (question: Question) => boolean
}

export const filterHas = (pattern: RegExp) => (question: Question) =>
  question.of !== 'datasets' && pattern.test(question.filter)

export const orderHas = (pattern: RegExp) => (question: Question) =>
  question.of !== 'datasets' &&
  question.orderBy.some((entry) => typeof entry === 'string' && pattern.test(entry))

export const either =
  (...tests: ((question: Question) => boolean)[]) =>
  (question: Question) =>
    tests.some((test) => test(question))

export const RESERVED = /\b(metric|param|parameter|tag)s?`?\.(in|as|case|using|from|values)\b/i
export const DIGITS_FIRST = /\b(metric|param|parameter|tag)s?`?\.\d/
export const JOINED = /\b(metric|param|parameter|tag)s?`?\.[\w.\p{L}]*[-/]\w/u
/** A condition that ends, behind which another begins without AND. */
export const NO_AND = /(['"\d]\s+|\)\s*)(?!and\b|like\b|ilike\b|in\b|not\b|is\b)[a-z`]/i
/** A dot with nothing or white space behind it. */
export const DOT_AND_NOTHING = /\b(metric|param|parameter|tag|dataset)s?`?\.(\s|\.)/i

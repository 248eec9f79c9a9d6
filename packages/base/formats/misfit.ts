import { invalid, type Problem } from '@orrery/base/kernel'

/** A value that does not fit its field. It learns its path on the way out, so that the way in costs nothing. */
export class Misfit extends Error {
  path = ''
  readonly tell: (path: string) => string

  constructor(tell: (path: string) => string) {
    super()
    this.tell = tell
  }

  toProblem(): Problem {
    return invalid(this.tell(this.path))
  }
}

/** Puts the name of a field, or the index of a list, before the path of a misfit. Other errors pass. */
export function within(error: unknown, step: string): unknown {
  if (error instanceof Misfit) {
    const joint = error.path === '' || error.path.startsWith('[') ? '' : '.'
    error.path = `${step}${joint}${error.path}`
  }
  return error
}

export function asProblem(error: unknown): unknown {
  return error instanceof Misfit ? error.toProblem() : error
}

const SHOWN_CHARACTERS = 200

/** A value as messages show it: JSON, cut where it gets long, and never deep enough to hurt. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = Array.isArray(value)
    ? `[${value.length > 20 ? '…' : value.map((item) => (isFlat(item) ? JSON.stringify(item) : '…')).join(',')}]`
    : isFlat(value)
      ? JSON.stringify(value)
      : '{…}'
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`
}

const isFlat = (value: unknown) => typeof value !== 'object' || value === null

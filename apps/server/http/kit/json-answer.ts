import type { RawAnswer } from './bind.ts'

/** A message as a handler of the codec `raw` answers it. */
export function jsonAnswer(value: unknown, headers: RawAnswer['headers'] = {}): RawAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

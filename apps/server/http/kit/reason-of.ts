import type { IncomingHttpHeaders } from 'node:http'
import type { AnyDeclaration } from '@orrery/base/contract'
import { type Caller, Problem, readReason } from '@orrery/base/kernel'

const HEADER = 'the header X-Orrery-Reason'

/** Why, as the header says it. @throws INVALID_PARAMETER_VALUE where it is none (`readReason`) */
export function reasonOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-orrery-reason']
  return given === undefined ? undefined : readReason(asText(String(given)), HEADER)
}

/** Node reads headers as Latin-1. Whoever writes UTF-8 means it: few texts in Latin-1 are valid as that. */
function asText(given: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(given, 'latin1'))
  } catch {
    return given
  }
}

type Told = { -readonly [Field in keyof Caller]: Caller[Field] }

/** MLflow's rows, those with bodies of their own too. */
const speaksMlflow = ({ codec, path }: AnyDeclaration) =>
  codec === 'mlflow' || (codec === 'raw' && /^\/(ajax-)?api\/[23]\.0\//.test(path))

/**
 * Puts down with the caller, who is of this request only, what the message says of why: the language it came in, and
 * the field `reason` of our own rows, which is another way to write the header.
 *
 * @throws INVALID_PARAMETER_VALUE where header and field say different things
 */
export function hearReason(caller: Caller, declaration: AnyDeclaration, input: unknown): void {
  if (speaksMlflow(declaration)) (caller as Told).speaks = 'mlflow'
  else if ('reason' in declaration.takes.properties) {
    const said = readReason((input as { readonly reason?: string }).reason, "'reason'")
    if (said === undefined) return
    if (caller.reason !== undefined && caller.reason !== said) {
      throw new Problem('INVALID_PARAMETER_VALUE', `'reason' and ${HEADER} say different things.`, {
        hint: 'Give one of the two, or the same in both.',
      })
    }
    ;(caller as Told).reason = said
  }
}

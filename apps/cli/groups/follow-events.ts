import type { LiveEvent } from '@orrery/sdk'
import type { Context } from '../context.ts'
import { plain } from '../output/cells.ts'
import { printable, printableLine } from '../output/printable.ts'

interface Given {
  readonly type: readonly string[]
  readonly subject: string | undefined
  readonly count: number | undefined
  readonly after: string | undefined
}

/** Written as they come: nothing is left for the end. */
export async function followEvents(context: Context, { type, subject, count, after }: Given): Promise<void> {
  const { orrery, signal, stdout } = context
  const client = await orrery()
  const write = await lineWriter(context)
  let left = count ?? Number.POSITIVE_INFINITY
  if (left <= 0) return
  const wanted = {
    signal,
    ...(type.length === 0 ? {} : { types: type }),
    ...(subject === undefined ? {} : { subjectBegins: subject }),
    ...(after === undefined ? {} : { lastEventId: after }),
  }
  for await (const event of client.live(wanted)) {
    const line = await write(event)
    if (line !== '') stdout.write(`${line}\n`)
    if (--left <= 0) return
  }
}

async function lineWriter({ settings, stdout }: Context): Promise<(event: LiveEvent) => Promise<string>> {
  const { query, output } = settings
  const safe = stdout.isTTY === true ? printable : (text: string) => text
  const isLined = output === 'table' || output === 'tsv'
  const asked = query === undefined ? undefined : (await import('../output/query.ts')).applyQuery
  return async ({ data }) => {
    if (asked === undefined && isLined) {
      const cells = [data.time, data.type, data.subject, data.data.actor, data.data.reason ?? '']
      const line = cells.map(printableLine)
      return output === 'tsv' ? line.join('\t') : line.join('  ').trimEnd()
    }
    const picked = asked === undefined ? data : await asked(data, query!)
    if (isLined)
      return picked === null
        ? ''
        : (Array.isArray(picked) ? picked : [picked]).map((cell) => printableLine(plain(cell))).join('\t')
    // A line of JSON is YAML too.
    return safe(JSON.stringify(picked))
  }
}

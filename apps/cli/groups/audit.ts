import { resolve } from 'node:path'
import { command, group } from '../command.ts'
import { CliError, Failed } from '../exit-codes.ts'
import { writeFileWhole } from '../files/write-file.ts'
import { MOMENT, momentOf } from '../moment.ts'
import { collect } from '../pages.ts'

const RANGE = {
  subject: { value: 'text', says: 'Of one thing; of all below it where it ends in `/`.' },
  actor: { value: 'text', says: 'Of one account, such as `user:alice`.' },
  type: { value: 'list', short: 't', says: 'A type of the catalogue, or `noun.*`; may be repeated.' },
  since: { value: 'text', says: MOMENT },
  until: { value: 'text', says: MOMENT },
} as const

interface Range {
  readonly subject: string | undefined
  readonly actor: string | undefined
  readonly type: readonly string[]
  readonly since: string | undefined
  readonly until: string | undefined
}

const rangeOf = ({ subject, actor, type, since, until }: Range) => ({
  subject,
  actor,
  ...(type.length === 0 ? {} : { types: [...type] }),
  since: momentOf('since', since),
  until: momentOf('until', until),
})

const list = command({
  name: 'list',
  summary: 'Searches the audit log, newest first: who did what, when, from where and why.',
  options: {
    ...RANGE,
    request: { value: 'text', shown: 'ID', says: 'What one request did.' },
    'max-results': { value: 'number', says: '100 if not given.' },
  },
  examples: [
    { line: 'audit list --actor user:bob --since 7d', says: 'What bob did this week.' },
    { line: 'audit list -t "role.*" --query "[].[time,actor,type,subject]" -o tsv', says: 'For a report.' },
  ],
  rows: '@',
  columns: [
    { title: 'Time', path: 'time', as: 'time' },
    { title: 'By', path: 'actor' },
    { title: 'Type', path: 'type' },
    { title: 'Subject', path: 'subject' },
    { title: 'Why', path: 'reason' },
    { title: 'From', path: 'address' },
  ],
  async run(context, given) {
    const { orrery, signal } = context
    const client = await orrery()
    const wanted = { ...rangeOf(given), request_id: given.request }
    return collect(
      context,
      { most: given['max-results'] ?? 100, perPage: 1_000 },
      async (limit, page_token) => {
        const page = await client.audit.search({ ...wanted, limit, page_token }, { signal })
        return { items: page.events, next: page.next_page_token }
      },
    )
  },
})

const story = command({
  name: 'story',
  summary: 'Tells who did what to a thing, when and why, oldest first, under every name it had.',
  args: { subject: { says: 'Such as `models/fraud/versions/3`, `runs/<id>`, `experiments/12`.' } },
  examples: [
    { line: 'audit story models/fraud/versions/3 --query "[].sentence" -o tsv', says: 'In sentences.' },
  ],
  rows: '@',
  columns: [
    { title: 'Time', path: 'time', as: 'time' },
    { title: 'What', path: 'sentence' },
    { title: 'Why', path: 'reason' },
  ],
  async run(context, { subject }) {
    const { orrery, signal } = context
    const client = await orrery()
    return collect(context, { most: Number.MAX_SAFE_INTEGER, perPage: 1_000 }, async (limit, page_token) => {
      const page = await client.audit.story({ subject, limit, page_token }, { signal })
      return { items: page.events, next: page.next_page_token }
    })
  },
})

const download = command({
  name: 'download',
  summary: 'Downloads the audit log, oldest first; its last line names the head.',
  options: {
    ...RANGE,
    format: { value: 'text', choices: ['jsonl', 'csv'], says: 'jsonl if not given.' },
    to: { value: 'text', shown: 'FILE', required: true, says: 'Where; appears whole or not at all.' },
  },
  examples: [
    { line: 'audit download --since 2026-01-01 --format csv --to audit.csv', says: 'For an auditor.' },
  ],
  async run({ orrery, folder, signal }, given) {
    const path = resolve(folder, given.to)
    const asked = { ...rangeOf(given), format: given.format as 'csv' | undefined }
    const { body } = await (await orrery()).audit.export(asked, { signal, timeoutMs: 0 })
    await writeFileWhole(path, body ?? new Blob().stream(), signal)
    return { path }
  },
})

const check = command({
  name: 'check',
  summary: 'Checks the chain of the log, and an anchor against it; ends with 10 if it does not hold.',
  options: {
    anchor: { value: 'text', shown: 'FILE', says: 'An anchor file; its head must lie in the chain.' },
  },
  examples: [{ line: 'audit check --anchor anchor.json', says: 'Has anybody changed the past?' }],
  async run({ orrery, folder, signal }, { anchor }) {
    const client = await orrery()
    const text = anchor === undefined ? undefined : await readAnchor(resolve(folder, anchor))
    let verified = 0
    const faults = []
    let from: number | undefined
    for (;;) {
      const asked = {
        from_position: from,
        ...(text === undefined || from !== undefined ? {} : { anchor: text }),
      }
      const found = await client.audit.verify(asked, { signal })
      verified += found.verified
      faults.push(...found.faults)
      const result = { verified, head: found.head, faults }
      from = found.next_position
      if (from !== undefined && faults.length < MOST_FAULTS) continue
      if (faults.length === 0) return result
      throw new Failed(`The log has ${faults.length} faults.`, result)
    }
  },
})

const MOST_FAULTS = 100

async function readAnchor(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError('USAGE', `${path} cannot be read: ${error.code}.`, undefined, error)
  })
}

const head = command({
  name: 'head',
  summary: 'Shows where the log begins and ends and what was last written outside the database.',
  examples: [{ line: 'audit head --query head.hash -o tsv', says: 'To keep it elsewhere.' }],
  async run({ orrery, signal }) {
    return (await orrery()).audit.head({}, { signal })
  },
})

export const audit = group('audit', [list, story, download, check, head])

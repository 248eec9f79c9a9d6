/*
 * node tools/print-docs.ts: writes the pages of docs/ that are printed from tables. A test compares them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROBLEMS } from '@orrery/base/kernel'
import { flagOf, SETTINGS, variableOf } from '../apps/server/settings.ts'
import { cliPage } from './cli-page.ts'
import { eventsPage } from './events-page.ts'
import { permissionsPage } from './permissions-page.ts'
import { sdkPage } from './sdk-page.ts'
import { searchPage } from './search-page.ts'

/** Pages of docs/ by name. */
export async function printedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    'settings.md': settingsPage(),
    'errors.md': errorsPage(),
    'search.md': searchPage(),
    'permissions.md': permissionsPage(),
    'cli-reference.md': await cliPage(),
    'events-catalogue.md': eventsPage(),
    'sdk-typescript.md': sdkPage(),
  }
}

function settingsPage(): string {
  const rows = Object.entries(SETTINGS).map(([key, { value, byDefault, says }]) => {
    const flag = value === undefined ? flagOf(key) : `${flagOf(key)} ${value}`
    return `| \`${flag}\` | \`${variableOf(key)}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${says} |`
  })
  return `# Settings

Each setting of \`./orrery server\` is a flag or a variable of the environment; a flag wins. They are read once, at
start, and all values that cannot be used are reported together. Flags without a value may be given alone or as
\`--flag=true\`.

| flag | variable | default | what it does |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

function errorsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, means }]) => `| \`${code}\` | ${status} | ${means} |`,
  )
  return `# Errors

Every error is JSON, \`{"error_code": "…", "message": "…"}\`, as in MLflow. The message says which field, what was
given and what is allowed. Every answer carries \`x-request-id\`; the server's log has the same id.

The MLflow client repeats 408, 429, 500, 502, 503 and 504 for minutes, so nothing that a caller did wrong has one of
these. 429 and 503 come with \`Retry-After\`.

| code | status | meaning |
| --- | --- | --- |
${rows.join('\n')}
`
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await printedPages())) {
    writeFileSync(join(import.meta.dirname, '../docs', name), text)
    console.log(`wrote docs/${name}`)
  }
}

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EVENTS, type EventRow } from '@orrery/base/contract'

const ROOT = join(import.meta.dirname, '../..')

/** What may emit: the domain and the server, without their tests. */
const TOLD_IN = ['packages/domain', 'apps/server']

function sources(): string {
  return TOLD_IN.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/(^|\/)testing\//.test(file))
      // These name types without telling any.
      .filter((file) => !/(^|\/)(?:[\w-]+-events|mlflow-[\w-]+|event-grid|sentence|life-of)\.ts$/.test(file))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
  ).join('\n')
}

/** By its name, or by a noun to which the verb is put: `approval.${state}`. */
const isTold = (text: string, type: string) =>
  text.includes(`'${type}'`) || text.includes(`\`${type.slice(0, type.indexOf('.'))}.\${`)

/** That what is emitted is in the catalogue, the compiler says; this is the other direction. */
test('every type of the catalogue is told somewhere, unless it is still to come', () => {
  const text = sources()
  const untold = Object.entries<EventRow>(EVENTS)
    .filter(([type, { toCome }]) => toCome !== true && !isTold(text, type))
    .map(([type]) => type)
  assert.deepEqual(untold, [])
})

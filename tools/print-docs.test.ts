import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { printedPages } from './print-docs.ts'

for (const [name, text] of Object.entries(await printedPages())) {
  test(`docs/${name} is what its table prints (if not: node tools/print-docs.ts)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '../docs', name), 'utf8'), text)
  })
}

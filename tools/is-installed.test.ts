import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInstalled } from './is-installed.ts'

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.2.3' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
    'packages/base': { version: '0.1.0' },
  },
}
const rows: { name: string; record: Record<string, { version: string }>; is: boolean }[] = [
  { name: 'everything there', record: { 'node_modules/a': { version: '1.2.3' } }, is: true },
  { name: 'a package of another version', record: { 'node_modules/a': { version: '1.2.2' } }, is: false },
  { name: 'a package missing', record: {}, is: false },
]
for (const { name, record, is } of rows) {
  test(`installed or not: ${name}`, () => assert.equal(isInstalled(lock, { packages: record }), is))
}

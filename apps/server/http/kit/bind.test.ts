import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fields, mlflow, raw } from '@orrery/base/contract'
import { bind } from './index.ts'

const { message, text, list, nothing } = fields

const routes = {
  read: mlflow({
    name: 'test.read',
    method: 'GET',
    path: 'read',
    needs: 'run.read',
    takes: message({ run_id: text() }),
    gives: message({ names: list(text()) }),
    summary: '',
  }),
  download: raw({
    name: 'test.download',
    method: 'GET',
    path: '/download',
    needs: 'run.read',
    takes: message({ path: text() }),
    gives: nothing,
    summary: '',
  }),
}

const read = () => ({ names: ['a'] as readonly string[] })
const download = () => ({ status: 200, body: 'bytes' })

test('a table and its handlers become routes in order', () => {
  const bound = bind(routes, { read, download })
  assert.deepEqual(
    bound.map(({ declaration }) => declaration.name),
    ['test.read', 'test.download'],
  )
})

test('a route without a handler does not compile, and does not start either', () => {
  // @ts-expect-error: `download` is missing
  assert.throws(() => bind(routes, { read }), /nothing is bound to 'test.download'/)
})

// Never run: the compiler checks that each line marked below is refused.
export function refusedByTheCompiler() {
  // @ts-expect-error: no route is named `write`
  bind(routes, { read, download, write: read })
  // @ts-expect-error: `names` is a list of texts
  bind(routes, { read: () => ({ names: [1] }), download })
  // @ts-expect-error: a raw route gives status and body
  bind(routes, { read, download: () => ({ names: [] }) })
  // @ts-expect-error: the input has no such field
  bind(routes, { read: (_caller, input) => ({ names: [input.runId] }), download })
}

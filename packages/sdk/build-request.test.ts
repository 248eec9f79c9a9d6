import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fields, mlflow, orrery, raw } from '@orrery/base/contract'
import { compileRequest } from './build-request.ts'
import { OrreryError } from './orrery-error.ts'

const { double, flag, int64, list, maybe, message, nothing, text } = fields
const row = { name: 'things.ask', needs: 'public', gives: nothing, summary: '' } as const

const get = compileRequest(
  mlflow({
    ...row,
    method: 'GET',
    path: 'things/{name}',
    takes: message({ name: text(), ids: maybe(list(text())), most: maybe(int64()), all: maybe(flag()) }),
  }),
)

test('a GET has its fields in the query, lists as repeated keys, and what is undefined nowhere', () => {
  const request = get({ name: 'a b/c', ids: ['1', '2&3'], most: 0, all: false, other: undefined })
  assert.deepEqual(request, {
    method: 'GET',
    path: '/api/2.0/mlflow/things/a%20b%2Fc?ids=1&ids=2%263&most=0&all=false',
    body: undefined,
  })
})

test('a GET refuses a field that no query can hold', () => {
  for (const value of [{ a: 1 }, null, [[1]]]) {
    assert.throws(
      () => get({ name: 'x', most: value }),
      (error) =>
        error instanceof OrreryError &&
        error.code === 'INVALID_PARAMETER_VALUE' &&
        /'most'/.test(error.message),
    )
  }
})

for (const name of ['', '.', '..', undefined]) {
  test(`a path may not hold ${JSON.stringify(name)}`, () => {
    assert.throws(() => get({ name }), /stands in the path/)
  })
}

const rest = compileRequest(
  raw({
    ...row,
    method: 'PUT',
    path: '/files/{path*}',
    takes: message({ path: text(), note: maybe(text()) }),
  }),
)

test('the rest of a path keeps its slashes and loses nothing else', () => {
  assert.equal(rest({ path: 'a/b c/100%.txt' }).path, '/files/a/b%20c/100%25.txt')
})

for (const path of ['..', '../x', 'a/../b', 'a/.', './a', '']) {
  test(`the rest of a path may not be ${JSON.stringify(path)}`, () => {
    assert.throws(() => rest({ path }), /stands in the path/)
  })
}

test('a raw row without a JSON body has its fields in the query', () => {
  assert.deepEqual(rest({ path: 'a', note: 'n' }), {
    method: 'PUT',
    path: '/files/a?note=n',
    body: undefined,
  })
})

test('a raw row with a JSON body puts the fields of the body there', () => {
  const make = compileRequest(
    raw({
      ...row,
      method: 'POST',
      path: '/open/{path*}',
      takes: message({ path: text(), mode: maybe(text()) }),
      body: message({ path: text(), parts: int64() }),
    }),
  )
  assert.deepEqual(make({ path: 'a/b', mode: 'x', parts: 3 }), {
    method: 'POST',
    path: '/open/a/b?mode=x',
    body: '{"path":"a/b","parts":3}',
  })
})

const post = compileRequest(
  orrery({
    ...row,
    method: 'POST',
    path: 'things/{name}',
    takes: message({ name: text(), value: maybe(double()) }),
  }),
)

test('a POST has what is not in its path in the body, even if that is nothing', () => {
  assert.deepEqual(post({ name: 'n', value: 1.5 }), {
    method: 'POST',
    path: '/api/orrery/v1/things/n',
    body: '{"value":1.5}',
  })
  assert.equal(post({ name: 'n' }).body, '{}')
})

test('NaN and the infinities are written as their names', () => {
  const bodies = [Number.NaN, Infinity, -Infinity].map((value) => post({ name: 'n', value }).body)
  assert.deepEqual(bodies, ['{"value":"NaN"}', '{"value":"Infinity"}', '{"value":"-Infinity"}'])
})

test('a DELETE has its fields in the query', () => {
  const make = compileRequest(
    orrery({ ...row, method: 'DELETE', path: 'things', takes: message({ id: int64() }) }),
  )
  assert.deepEqual(make({ id: 7 }), { method: 'DELETE', path: '/api/orrery/v1/things?id=7', body: undefined })
})

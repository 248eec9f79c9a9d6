import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { parseSource } from './source-uri.ts'

const RELATIVE = 'It is no address with an absolute path'
const HOST = "'source' cannot use the"
const OWNER = 'The run_id request parameter must identify'
const MODEL = 'The model_id request parameter must identify'

const REFUSED: readonly (readonly [source: string, why: string])[] = [
  ['http://h/x', HOST],
  ['HTTPS://h/x', HOST],
  ['ftp:///x', HOST],
  ['sftp://h/x', HOST],
  ['hdfs://h/x', HOST],
  ['viewfs://h/x', HOST],
  ['r2://b@h/x', HOST],
  ['b2://b@h/x', HOST],
  ['abfss://f@a.dfs.core.windows.net/x', HOST],
  ['mlflow-artifacts://h:80/x', HOST],
  ['MLFLOW-ARTIFACTS://h/x', HOST],
  ['s3://b', RELATIVE],
  ['s3://b/', RELATIVE],
  ['s3:x', RELATIVE],
  ['s3://b/../c', RELATIVE],
  ['s3://b/./c', RELATIVE],
  ['s3://b/%2e%2e/c', RELATIVE],
  ['s3://b/%252e%25252e/c', RELATIVE],
  ['s3://b/c/%2E%2e', RELATIVE],
  ['s3://b/c%00', RELATIVE],
  ['runs:/r/../x', RELATIVE],
  ['runs:/r/..%2fx', RELATIVE],
  ['runs:r/x', RELATIVE],
  ['runs:/', RELATIVE],
  ['mlflow-artifacts:/0/r/artifacts/../x', RELATIVE],
  ['mlflow-artifacts:x', RELATIVE],
  ['models:/..', RELATIVE],
  ['runs://host/r/x', OWNER],
  ['runs:/r/x?y=z', OWNER],
  ['runs:/r/x#y', OWNER],
  ['mlflow-artifacts:/0/r/artifacts?x', OWNER],
  ['models://host/m/1', 'Registered model sources must use the active model registry.'],
  ['models:/', MODEL],
  ['models:m', MODEL],
  ['models:/m/1/x', MODEL],
  ['models:/m/', MODEL],
  ['models:/ /1', MODEL],
  ['models:/m@', MODEL],
]

for (const [source, why] of REFUSED) {
  test(`no version has the source ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => parseSource(source, 'run_id'),
      (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE' && e.message.includes(why),
    )
  })
}

test('what disguises itself very often is found out', () => {
  assert.throws(() => parseSource(`s3://b/%${'25'.repeat(900)}2e%2e/c`, 'run_id'), Problem)
})

const PARSED: readonly (readonly [source: string, uri: unknown])[] = [
  ['runs:/r', { kind: 'run', runId: 'r', path: '' }],
  ['runs:/r/a/b c', { kind: 'run', runId: 'r', path: 'a/b c' }],
  ['runs:///r/a/', { kind: 'run', runId: 'r', path: 'a' }],
  ['RUNS:/r/a', { kind: 'run', runId: 'r', path: 'a' }],
  ['mlflow-artifacts:/0/r/artifacts/m', { kind: 'stored', path: '0/r/artifacts/m' }],
  ['mlflow-artifacts:///0/r/artifacts/m/', { kind: 'stored', path: '0/r/artifacts/m' }],
  ['models:/m-1', { kind: 'logged-model', modelId: 'm-1' }],
  ['models:/m/7', { kind: 'version', name: 'm', which: { by: 'number', number: '7' } }],
  ['models:/m/Latest', { kind: 'version', name: 'm', which: { by: 'latest' } }],
  ['models:/m/production', { kind: 'version', name: 'm', which: { by: 'stage', stage: 'production' } }],
  ['models:/a@b@c', { kind: 'version', name: 'a@b', which: { by: 'alias', alias: 'c' } }],
  ['models:/a@b/1', { kind: 'version', name: 'a@b', which: { by: 'number', number: '1' } }],
  ['/etc/passwd', { kind: 'local' }],
  ['model', { kind: 'local' }],
  ['', { kind: 'local' }],
  ['C:\\models\\a', { kind: 'local' }],
  ['file:///etc', { kind: 'local' }],
  ['FILE://localhost/etc', { kind: 'local' }],
  ['file://elsewhere/etc', { kind: 'local' }],
  [' runs:/r/x', { kind: 'local' }],
  ['models:/m/1#x', { kind: 'version', name: 'm', which: { by: 'stage', stage: '1#x' } }],
  ['models:/m/1?x', { kind: 'version', name: 'm', which: { by: 'number', number: '1' } }],
  ['runs:/r//a//b/', { kind: 'run', runId: 'r', path: 'a/b' }],
  ['s3://bucket/m', { kind: 'elsewhere' }],
  ['s3://localhost/m', { kind: 'elsewhere' }],
  ['dbfs:/m', { kind: 'elsewhere' }],
  ['gs://b/a+b%20c', { kind: 'elsewhere' }],
]

for (const [source, uri] of PARSED) {
  test(`the source ${JSON.stringify(source)} is understood`, () => {
    assert.deepEqual(parseSource(source, 'run_id'), uri)
  })
}

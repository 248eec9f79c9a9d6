import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { checkArtifactLocation, storePathOf } from './artifact-location.ts'

const REFUSED = [
  'http:///#/../../etc',
  'http://h/x?/../..',
  'file:///etc',
  'file:etc',
  'FILE:///etc',
  ':///etc',
  ' file:///etc',
  's3://b/../c',
  's3://b/%2e%2e/c',
  's3://b/%252e%252e/c',
  's3://b\\..\\c',
  's3://key:secret@b/c',
  'mlflow-artifacts:/../x',
  'mlflow-artifacts:/a/%2e%2e/x',
  'mlflow-artifacts:/a%20b',
  'mlflow-artifacts://evil:80/x',
  'mlflow-artifacts:/',
  'mlflow-artifacts:',
  'mlflow-artifacts:/workspaces/other/x',
  'mlflow-artifacts:/registry',
  'mlflow-artifacts:///registry/x/',
  'MLFLOW-ARTIFACTS://h/x',
  'MLflow-artifacts:/x',
  'mlflow-artifacts:x',
  'mlflow-artifacts:////x',
  'mlflow-artifacts:/x//',
  'ftp://h/x',
  'https://h/x',
  'dbfs:/x?y=../..',
  '/x;/../..',
  '/tmp/x',
  './x',
  'C:\\x',
  'x',
  '',
  'runs:/abc/x',
  'models:/m/1',
  's3://b/\u0000',
  `s3://b/${'x'.repeat(2049)}`,
]

for (const location of REFUSED) {
  test(`an artifact location may not be ${JSON.stringify(location.slice(0, 40))}`, () => {
    assert.throws(
      () => checkArtifactLocation(location),
      (error) => error instanceof Problem && error.code === 'INVALID_PARAMETER_VALUE',
    )
  })
}

const ALLOWED = [
  'mlflow-artifacts:/3',
  'mlflow-artifacts:/some/where',
  'mlflow-artifacts:/some/registry',
  'mlflow-artifacts:/registry2',
  'mlflow-artifacts:///some/where',
  'mlflow-artifacts:/some/where/',
  's3://bucket',
  's3://bucket/prefix/',
  'gs://bucket/prefix',
  'wasbs://container@account.blob.core.windows.net/prefix',
  'abfss://system@account.dfs.core.windows.net/prefix',
  'dbfs:/prefix',
]

for (const location of ALLOWED) {
  test(`an artifact location may be ${location}`, () => checkArtifactLocation(location))
}

test('a stored address of the store behind the server has a path, another store has none', () => {
  assert.equal(storePathOf('mlflow-artifacts:/3/r/artifacts'), '3/r/artifacts')
  assert.equal(storePathOf('mlflow-artifacts:///3/r/artifacts/'), '3/r/artifacts')
  assert.equal(storePathOf('mlflow-artifacts://host/3/r/artifacts'), undefined)
  assert.equal(storePathOf('s3://b/3/r/artifacts'), undefined)
  assert.equal(storePathOf('file:///etc'), undefined)
})

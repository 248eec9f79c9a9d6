import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as contract from '@orrery/base/contract'
import { apiPage } from './api-page.ts'
import { type Operation, openApi } from './open-api.ts'

const declarations = Object.entries(contract)
  .filter(([name]) => name.endsWith('Routes') && name !== 'notYetRoutes')
  .flatMap(([, table]) => Object.values(table as Readonly<Record<string, contract.AnyDeclaration>>))

const document = openApi(declarations, { basePath: '', mlflowVersion: '3.17.2' })

const operations = new Map(
  Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => [operation.operationId, operation]),
)

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

const inBody = ({ requestBody }: Operation) =>
  (requestBody as Content | undefined)?.content?.['application/json']?.schema

const parameters = ({ parameters = [] }: Operation, place: string) =>
  parameters.filter((parameter) => parameter.in === place)

const successOf = ({ responses }: Operation) =>
  Object.entries(responses as Readonly<Record<string, Content>>).find(([status]) =>
    status.startsWith('2'),
  )![1]

describe('the OpenAPI document', () => {
  for (const { name, takes, body, path } of declarations) {
    test(`of ${name} has every field in one place`, () => {
      const operation = operations.get(name)!
      const schema = inBody(operation)
      const places = [
        parameters(operation, 'path').map((parameter) => parameter.name),
        parameters(operation, 'query').map((parameter) => parameter.name),
        Object.keys(schema?.properties ?? {}),
      ]
      const told = places.flat()
      assert.deepEqual(told, [...new Set(told)])
      assert.deepEqual(
        told.sort(),
        [
          ...new Set([
            ...Object.keys(takes.properties),
            ...Object.keys((body as Schema | undefined)?.properties ?? {}),
          ]),
        ].sort(),
      )
      assert.deepEqual(
        (schema?.required ?? []).filter((field) => !(field in schema!.properties)),
        [],
      )
      assert.deepEqual(
        places[0],
        path.split('/').flatMap((part) => (part.startsWith('{') ? part.replace(/[{*}]/g, '') : [])),
      )
    })
  }

  test('asks in a body for what the path does not say', () => {
    const { properties, required } = inBody(operations.get('registry.checkManifest')!)!
    assert.deepEqual([Object.keys(properties), required], [['deep'], []])
    assert.deepEqual(inBody(operations.get('registry.setAdvice')!)!.required, [
      'scanner',
      'scanner_version',
      'manifest_digest',
      'verdict',
    ])
  })

  test('says which parameters of a query must be there', () => {
    for (const [name, expected] of Object.entries({
      'modelVersions.getArtifact': { name: true, version: true, path: true },
      'artifacts.download-of-model': { artifact_file_path: true },
      'artifacts.upload-to-run': { run_uuid: true, path: true },
      'artifacts.list-in-store': { path: false },
      'registry.importArchive': { name: false },
      'registry.listManifest': { page_token: false },
    })) {
      const found = parameters(operations.get(name)!, 'query')
      assert.deepEqual(Object.fromEntries(found.map((one) => [one.name, one.required])), expected, name)
    }
  })

  test('tells JSON from bytes', () => {
    for (const [name, type] of [
      ['registry.importArchive', 'application/json'],
      ['registry.exportModel', '*/*'],
      ['modelVersions.getArtifact', '*/*'],
      ['artifacts.create-upload', 'application/json'],
    ] as const) {
      assert.deepEqual(Object.keys(successOf(operations.get(name)!).content!), [type], name)
    }
    const imported = successOf(operations.get('registry.importArchive')!).content!['application/json']!
    assert.deepEqual(Object.keys(imported.schema.properties), ['name', 'created', 'versions'])
    assert.deepEqual(inBody(operations.get('artifacts.presign-download')!)!.required, ['run_id', 'path'])
  })

  test('is a page with what stands in the path and what an import gives', () => {
    const text = String(apiPage(document).body)
    const sectionOf = (path: string) =>
      text.split('<details>').find((part) => part.includes(`>${path}</code>`))!
    const check = sectionOf('/api/orrery/v1/registry/models/{name}/versions/{version}/manifest/check')
    assert.match(check, /<code>name<\/code><\/td>.*<code>deep<\/code> <i>optional<\/i>/s)
    assert.match(sectionOf('/api/orrery/v1/registry/import'), /Gives.*<code>created<\/code>/s)
  })
})

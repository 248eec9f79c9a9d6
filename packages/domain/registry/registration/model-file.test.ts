import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ModelFile, parseModelFile } from './model-file.ts'
import { ModelFileReader } from './model-file-reader.ts'

function read(text: string): ModelFile {
  const found = parseModelFile(text)
  assert.ok(!('problem' in found), JSON.stringify(found))
  return found
}

function problemOf(text: string): string {
  const found = parseModelFile(text)
  assert.ok('problem' in found, JSON.stringify(found))
  return found.problem
}

/** As mlflow 3.17.2 writes it. */
const PYFUNC = `flavors:
  python_function:
    cloudpickle_version: 3.1.2
    code: null
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.pyfunc.model
    python_model: python_model.pkl
    python_version: 3.11.7
    streamable: false
is_signature_from_type_hint: false
mlflow_version: 3.17.2
model_id: null
model_size_bytes: 1507
model_uuid: 759fbf314307469784bc4100f2afd323
prompts: null
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "a", "required": true}, {"type": "string",
    "name": "b", "required": true}]'
  outputs: '[{"type": "double", "name": "a", "required": true}]'
  params: null
type_hint_from_example: false
utc_time_created: '2026-11-21 17:53:23.281115'
`

const aliases = (levels: number) =>
  Array.from({ length: levels }, (_, i) => {
    const [name, before] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)]
    return `${name}: &${name} [${`*${before} ,`.repeat(9)}]\n`
  }).join('')

describe('MLmodel', () => {
  test('tells flavors, signature, example, versions and size', () => {
    assert.deepEqual(read(PYFUNC), {
      flavors: [{ name: 'python_function', version: null, loaderModule: 'mlflow.pyfunc.model' }],
      signature: {
        inputs: [
          { type: 'double', name: 'a', required: true },
          { type: 'string', name: 'b', required: true },
        ],
        outputs: [{ type: 'double', name: 'a', required: true }],
        params: null,
      },
      inputExample: 'input_example.json',
      pythonVersion: '3.11.7',
      mlflowVersion: '3.17.2',
      modelUuid: '759fbf314307469784bc4100f2afd323',
      statedBytes: 1507,
      codeReasons: [
        "The flavor 'python_function' has 'python_model'.",
        "The flavor 'python_function' has 'cloudpickle_version'.",
        "The flavor 'python_function' may run code: its loader_module is 'mlflow.pyfunc.model'.",
      ],
      warnings: [],
    })
  })

  test('may lack everything but its flavors', () => {
    assert.deepEqual(read('flavors: {}'), {
      flavors: [],
      signature: null,
      inputExample: null,
      pythonVersion: null,
      mlflowVersion: null,
      modelUuid: null,
      statedBytes: null,
      codeReasons: [],
      warnings: [],
    })
  })

  test('of two equal keys the last counts, and versions may be numbers', () => {
    const found = read('flavors: {a: {a_version: 1.5}}\nmlflow_version: 1\nmlflow_version: 3')
    assert.deepEqual([found.flavors[0]?.version, found.mlflowVersion], ['1.5', '3'])
  })

  test('what is odd in it is a warning', () => {
    const found = read(
      [
        'flavors: {sklearn: 7, onnx: {onnx_version: [1]}}',
        'signature: {inputs: "{}", outputs: "[", params: 7}',
        'model_size_bytes: -1',
        'model_uuid: [1]',
      ].join('\n'),
    )
    assert.deepEqual(found.warnings, [
      "The flavor 'sklearn' is not a map.",
      'The inputs of the signature are not a JSON list.',
      'The outputs of the signature are not a JSON list.',
      'The params of the signature are not a JSON list.',
      "The 'model_size_bytes' of MLmodel is not a whole number.",
    ])
    assert.deepEqual(found.signature, { inputs: null, outputs: null, params: null })
    assert.deepEqual(read('flavors: {}\nsignature: text').warnings, [
      "The 'signature' of MLmodel is not a map.",
    ])
  })

  test('columns that are nested too deep to be written again are left out', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    assert.deepEqual(read(`flavors: {}\nsignature: {inputs: '${deep}'}`).warnings, [
      'The inputs of the signature are not a JSON list.',
    ])
  })

  test('no name in it is special to JavaScript', () => {
    const found = read('flavors: {__proto__: {loader_module: x}, constructor: {}, toString: {}}')
    assert.deepEqual(
      found.flavors.map(({ name }) => name),
      ['__proto__', 'constructor', 'toString'],
    )
    assert.equal(found.codeReasons.length, 3)
    assert.equal(({} as { loader_module?: string }).loader_module, undefined)
  })

  for (const [name, text] of Object.entries({
    'an empty file': '',
    'a text': 'hello',
    'a list': '- flavors',
    'no flavors': 'signature: null',
    'flavors that are no map': 'flavors: [a]',
    'two documents': 'flavors: {}\n---\nflavors: {}',
    'half a file': PYFUNC.slice(0, PYFUNC.indexOf('outputs:') + 30),
    'binary noise': Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 7919) % 256)).toString('latin1'),
    'aliases that grow': `a: &a [x,x,x,x,x,x,x,x,x]\n${aliases(12)}flavors: *m`,
    'an alias of nothing': 'flavors: *nobody',
    'an unfinished bracket': `flavors: ${'['.repeat(1000)}`,
  })) {
    test(`${name} is none`, () => {
      assert.ok(problemOf(text).startsWith('MLmodel '), problemOf(text))
    })
  }

  test('what contains itself does no harm', () => {
    assert.deepEqual(read('flavors: &a {b: *a}').flavors[0]?.name, 'b')
    assert.deepEqual(read('flavors: {}\nsignature: &s {inputs: *s}').warnings.length, 1)
  })

  test('tags of YAML make nothing but warnings', () => {
    const found = parseModelFile('flavors: !!python/object/apply:os.system ["true"]')
    assert.ok('problem' in found)
    assert.deepEqual(read('flavors: {a: !!python/name:os.system {}}').flavors[0]?.name, 'a')
  })
})

describe('reading MLmodel on a thread', () => {
  test('files come back in their order', async () => {
    const reader = new ModelFileReader()
    const found = await Promise.all(
      ['1', 'x', '3'].map((v) => reader.read(`flavors: {}\nmlflow_version: ${v}`)),
    )
    assert.deepEqual(
      found.map((file) => 'mlflowVersion' in file && file.mlflowVersion),
      ['1', 'x', '3'],
    )
  })

  test('one that takes too long is given up, and the next is read', async () => {
    const reader = new ModelFileReader({ deadlineMs: 1500 })
    const [slow, quick] = await Promise.all([
      reader.read(`flavors: [${'a,'.repeat(500_000)}]`),
      reader.read('flavors: {}\nmlflow_version: 3.1.0'),
    ])
    assert.deepEqual(slow, { problem: 'MLmodel takes longer than 1500 ms to read.' })
    assert.equal('mlflowVersion' in quick && quick.mlflowVersion, '3.1.0')
  })
})

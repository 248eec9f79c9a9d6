import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeInFiles } from './code-in-files.ts'
import { asCustom, describeFiles } from './describe-files.ts'
import { parseModelFile } from './model-file.ts'

function reasonsFor(flavors: string): readonly string[] {
  const found = parseModelFile(`flavors: ${flavors}`)
  assert.ok(!('problem' in found), JSON.stringify(found))
  return found.codeReasons
}

describe('whether loading a version runs code of its author', () => {
  for (const flavors of [
    '{}',
    '{onnx: {data: model.onnx, code: null}}',
    '{onnx: {providers: [CPUExecutionProvider], onnx_session_options: {execution_mode: SEQUENTIAL}}}',
    '{onnx: {providers: null, onnx_session_options: null}}',
    '{python_function: {loader_module: mlflow.onnx, data: model.onnx}, onnx: {}}',
    '{sklearn: {serialization_format: skops, skops_trusted_types: null}}',
    '{sklearn: {serialization_format: skops, skops_trusted_types: []}, python_function: {loader_module: mlflow.sklearn, model_path: model.skops}}',
    '{xgboost: {data: model.ubj, model_class: xgboost.sklearn.XGBClassifier}}',
    '{xgboost: {data: model.ubj}}',
    '{lightgbm: {data: model.txt}}',
    '{catboost: {data: model.cbm}}',
  ]) {
    test(`${flavors} does not`, () => assert.deepEqual(reasonsFor(flavors), []))
  }

  for (const [flavors, why] of [
    ['{onnx: {code: code}}', "has 'code'"],
    ['{onnx: {code: ""}}', "has 'code'"],
    ['{onnx: 7}', 'is not a map'],
    ['{onnx: {providers: [[Tensorrt, {trt_extra_plugin_lib_paths: a.json}]]}}', 'providers have options'],
    ['{onnx: {providers: {a: b}}}', 'providers have options'],
    ['{onnx: {onnx_session_options: [a]}}', 'are not a map'],
    ['{onnx: {onnx_session_options: {extra_session_config: {a: b}}}}', 'has an extra_session_config'],
    ['{keras: {data: model.json}}', 'is not known to read data only'],
    ['{toString: {}}', 'is not known to read data only'],
    ['{sklearn: {}}', 'is a pickle'],
    ['{sklearn: {serialization_format: cloudpickle}}', 'is a pickle'],
    ['{sklearn: {serialization_format: [skops]}}', 'is a pickle'],
    ['{sklearn: {serialization_format: skops, skops_trusted_types: [os.system]}}', 'for skops to trust'],
    ['{lightgbm: {model_class: lightgbm.sklearn.LGBMClassifier}}', 'is a pickle'],
    ['{xgboost: {model_class: os.system}}', 'is not one of XGBoost'],
    ['{xgboost: {model_class: [xgboost.core.Booster]}}', 'is not one of XGBoost'],
    ['{python_function: {}}', "loader_module is ''"],
    ['{python_function: {loader_module: mine}}', "loader_module is 'mine'"],
    ['{python_function: {loader_module: mlflow.pyfunc.model}}', "loader_module is 'mlflow.pyfunc.model'"],
    ['{python_function: {loader_module: mlflow.onnx}}', "'onnx' that it loads is not there"],
    ['{python_function: {loader_module: mlflow.onnx, model_code_path: a.py}, onnx: {}}', "'model_code_path'"],
    [
      '{python_function: {loader_module: mlflow.sklearn, data: a.json}, sklearn: {serialization_format: skops}}',
      'read as a pickle',
    ],
  ] as const) {
    test(`${flavors} may`, () => {
      const [reason = '', ...others] = reasonsFor(flavors)
      assert.deepEqual(others, [])
      assert.ok(reason.includes(why), reason)
    })
  }

  for (const [what, text] of Object.entries({
    'a comment': 'flavors: {} # x',
    'a line break of YAML 1.1 in a comment':
      'flavors:\n  xgboost:\n    data: a #\u2028    model_class: os.system\n',
    'a next-line character': 'flavors:\n  xgboost:\n    data: a\u0085    model_class: os.system\n',
    'a lone carriage return': 'flavors:\n  xgboost:\n    data: a\r    model_class: os.system\n',
    'a merge key': 'flavors: {xgboost: {<<: {model_class: os.system}}}',
    'a merge by tag': 'flavors: {xgboost: {!!merge x: {model_class: os.system}}}',
    'a tag of its own':
      '%TAG ! tag:yaml.org,2002:\n---\nflavors: {xgboost: {!merge x: {model_class: os.system}}}',
    'an anchor': 'flavors: &a {}',
    'an alias': 'a: &a {}\nflavors: *a',
    'a tag': 'flavors: !!map {}',
    'a tab': 'flavors: {}\t',
    'a comment at the end': 'flavors: {}\n# x\n',
    'a comment before': '# x\n\nflavors: {}\n',
  })) {
    test(`MLmodel with ${what} may, whatever we read from it`, () => {
      const found = parseModelFile(text)
      const reasons = 'problem' in found ? ['it cannot be read'] : found.codeReasons
      assert.notDeepEqual(reasons, [], text)
    })
  }

  test('an MLmodel that cannot be read may', async () => {
    for (const text of ['flavors: [', 'x', 'flavors: 7', Buffer.from([0xff, 0xfe, 0x61, 0])]) {
      const bytes = Buffer.from(text as string)
      const files = [{ path: 'MLmodel', size: bytes.length, sha256: '' }]
      const content = await describeFiles(files, async () => bytes)
      assert.deepEqual([content.type, content.runsCode], ['custom_model', true])
    }
    const large = [{ path: 'MLmodel', size: 2 ** 21, sha256: '' }]
    assert.equal((await describeFiles(large, async () => assert.fail())).runsCode, true)
  })

  test('files without an MLmodel may, whatever they are called', async () => {
    for (const path of ['model.json', 'w.safetensors', 'a.onnx', 'notes.txt']) {
      const content = await describeFiles([{ path, size: 1, sha256: '' }], async () => Buffer.from('x'))
      assert.deepEqual(
        [content.type, content.runsCode, content.summary?.codeReasons],
        [
          'custom_model',
          true,
          ['There is no MLmodel, so nothing is known of how the files are loaded and what that runs.'],
        ],
      )
    }
  })

  test('an MLflow model that is registered as another one may', async () => {
    const bytes = Buffer.from('flavors: {}')
    const content = await describeFiles(
      [{ path: 'MLmodel', size: bytes.length, sha256: '' }],
      async () => bytes,
    )
    assert.deepEqual([content.type, content.runsCode], ['mlflow_model', false])
    const custom = asCustom(content)
    assert.deepEqual(
      [custom.type, custom.runsCode, custom.manifest],
      ['custom_model', true, content.manifest],
    )
    assert.match(custom.summary!.codeReasons.join(), /It is no MLflow model/)
  })

  test('files beside an MLmodel that are data do not', () => {
    const paths = [
      'MLmodel',
      'conda.yaml',
      'python_env.yaml',
      'requirements.txt',
      'a/b.ONNX',
      'w.safetensors',
    ]
    assert.deepEqual(codeInFiles(paths.map((path) => ({ path }))), [])
  })

  for (const path of ['model.pkl', 'model', 'a.py', 'code/a.json', 'sub/MLmodel', 'a.onnx.pth', 'model.h5']) {
    test(`a file ${path} may`, () => assert.equal(codeInFiles([{ path }]).length, 1))
  }

  test('of very many files the first are named', () => {
    const files = Array.from({ length: 100 }, (_, i) => ({ path: `${i}.pkl` }))
    assert.equal(codeInFiles(files).at(-1), '80 more files may run code.')
  })
})

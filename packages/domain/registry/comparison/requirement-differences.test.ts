import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requirementsByName } from './requirement-differences.ts'

const cases: { line: string; name: string; rest: string }[] = [
  { line: 'mlflow==3.17.2', name: 'mlflow', rest: '==3.17.2' },
  { line: 'Scikit_Learn == 1.5.2  # pinned', name: 'scikit-learn', rest: '== 1.5.2' },
  { line: 'ruamel.yaml>=0.17,<1', name: 'ruamel-yaml', rest: '>=0.17,<1' },
  { line: 'numpy', name: 'numpy', rest: '' },
  {
    line: 'uvicorn[standard]~=0.30; python_version<"3.13"',
    name: 'uvicorn',
    rest: '[standard]~=0.30; python_version<"3.13"',
  },
  { line: 'pkg @ https://x.test/p.whl', name: 'pkg', rest: '@ https://x.test/p.whl' },
  { line: '-r other.txt', name: '-r other.txt', rest: '' },
  { line: './local', name: './local', rest: '' },
  { line: 'git+https://x.test/r.git#egg=r', name: 'git+https://x.test/r.git#egg=r', rest: '' },
]
for (const { line, name, rest } of cases) {
  test(`reads the requirement: ${line}`, () => {
    assert.deepEqual([...requirementsByName([line])], [[name, rest]])
  })
}

test('comments and blank lines ask for nothing', () => {
  assert.equal(requirementsByName(['# numpy==1', '', '   ']).size, 0)
})

test('lines of one package are joined', () => {
  const lines = ['numpy==1; python_version<"3.9"', 'NumPy==2; python_version>="3.9"']
  assert.deepEqual(
    [...requirementsByName(lines)],
    [['numpy', '==1; python_version<"3.9", ==2; python_version>="3.9"']],
  )
})

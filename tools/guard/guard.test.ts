import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { File } from './file.ts'
import { guard } from './main.ts'

const HOUSE: readonly File[] = [
  { path: 'packages/base/package.json', text: '{"exports":{"./kernel":"","./contract":"","./formats":""}}' },
  {
    path: 'packages/drivers/package.json',
    text: '{"exports":{"./db":"","./db/sqlite":"","./artifacts":""}}',
  },
  { path: 'packages/sdk/package.json', text: '{"exports":{".":""}}' },
  { path: 'packages/sdk/index.ts', text: "import { runRoutes } from '@orrery/base/contract'\n" },
  { path: 'apps/cli/groups.ts', text: "const load = () => import('./groups/run.ts')\n" },
  { path: 'apps/cli/groups/run.ts', text: "import { Orrery } from '@orrery/sdk'\n" },
  { path: 'packages/domain/package.json', text: '{"exports":{"./events":"","./tracking":"","./access":""}}' },
  { path: 'packages/base/kernel/index.ts', text: 'export const a = 1\n' },
  { path: 'packages/base/contract/index.ts', text: "export { runRoutes } from './mlflow/runs.ts'\n" },
  {
    path: 'apps/server/http/mlflow/runs.ts',
    text: "import { runRoutes } from '@orrery/base/contract'\nbind(runRoutes, {})\n",
  },
  { path: 'apps/server/compose.ts', text: "const { open } = await import('@orrery/drivers/db/sqlite')\n" },
  {
    path: 'packages/domain/tracking/runs/create-run.ts',
    text: "import { emit } from '../../events/index.ts'\nimport type { Database } from '@orrery/drivers/db'\n",
  },
  {
    path: 'packages/drivers/db/database.test.ts',
    text: "import { open } from '@orrery/drivers/db/sqlite'\n",
  },
  {
    path: 'apps/cli/run-cli.test.ts',
    text: "import { serve } from '../../apps/server/http/testing/serve.ts'\n",
  },
]

test('a tidy house passes', () => assert.deepEqual(guard(HOUSE, 1), []))

test('a guard that sees too little fails', () => {
  assert.deepEqual(
    guard(HOUSE).map(({ rule }) => rule),
    ['sees-enough'],
  )
})

const planted: { rule: string; path: string; text: string }[] = [
  { rule: 'one-way-out', path: 'packages/domain/events/x.ts', text: 'const answer = await fetch(url)' },
  { rule: 'one-way-out', path: 'apps/server/loops/x.ts', text: "const undici = await import('undici')" },
  { rule: 'one-way-out', path: 'packages/drivers/db/x.ts', text: "import { request } from 'node:https'" },
  { rule: 'tiers', path: 'packages/base/formats/x.ts', text: "import { a } from '@orrery/base/contract'" },
  { rule: 'tiers', path: 'packages/base/kernel/x.ts', text: "import { a } from '@orrery/drivers/db'" },
  { rule: 'tiers', path: 'packages/drivers/db/x.ts', text: "import { a } from '@orrery/drivers/artifacts'" },
  { rule: 'tiers', path: 'packages/drivers/db/x.ts', text: "import { a } from '@orrery/domain/tracking'" },
  { rule: 'tiers', path: 'packages/domain/access/x.ts', text: "import { a } from '@orrery/domain/tracking'" },
  {
    rule: 'tiers',
    path: 'packages/domain/access/x.ts',
    text: "import {\n  a,\n  b,\n} from '../tracking/index.ts'",
  },
  { rule: 'tiers', path: 'packages/domain/events/x.ts', text: "export { a } from '../tracking/index.ts'" },
  { rule: 'tiers', path: 'apps/cli/x.ts', text: "import { a } from '@orrery/domain/tracking'" },
  { rule: 'tiers', path: 'apps/cli/x.ts', text: "const a = await import('../server/index.ts')" },
  { rule: 'tiers', path: 'packages/sdk/x.ts', text: "import { a } from '@orrery/base/formats'" },
  { rule: 'tiers', path: 'packages/sdk/x.ts', text: "import { a } from '@orrery/drivers/artifacts'" },
  { rule: 'base-runs-anywhere', path: 'packages/sdk/x.ts', text: "import { a } from 'node:fs'" },
  { rule: 'front-doors', path: 'apps/cli/x.ts', text: "import { a } from '../../packages/sdk/send.ts'" },
  { rule: 'front-doors', path: 'apps/cli/x.test.ts', text: "import { a } from '../../packages/sdk/send.ts'" },
  { rule: 'tiers', path: 'apps/cli/x.ts', text: "import { a } from '../server/http/testing/serve.ts'" },
  { rule: 'lazy-groups', path: 'apps/cli/x.ts', text: "import { run } from './groups/run.ts'" },
  {
    rule: 'front-doors',
    path: 'packages/domain/tracking/x.ts',
    text: "import { a } from '../events/emit.ts'",
  },
  { rule: 'front-doors', path: 'apps/server/x.ts', text: "import { a } from '@orrery/domain/tracking/runs'" },
  {
    rule: 'implementations',
    path: 'packages/domain/tracking/x.ts',
    text: "import { a } from '@orrery/drivers/db/sqlite'",
  },
  {
    rule: 'implementations',
    path: 'apps/server/http/x.ts',
    text: "import { a } from '@orrery/drivers/db/sqlite'",
  },
  { rule: 'base-runs-anywhere', path: 'packages/base/kernel/x.ts', text: "import { a } from 'node:fs'" },
  { rule: 'file-length', path: 'apps/server/x.ts', text: 'a\n'.repeat(501) },
  { rule: 'file-names', path: 'apps/server/utils.ts', text: '' },
  { rule: 'file-names', path: 'packages/domain/shared/run.ts', text: '' },
  { rule: 'file-names', path: 'apps/server/run-manager.ts', text: '' },
  { rule: 'file-names', path: 'apps/server/makeRun.ts', text: '' },
  { rule: 'export-star', path: 'apps/server/x.ts', text: "export * from './y.ts'" },
  { rule: 'export-default', path: 'apps/server/x.ts', text: 'export default 1' },
  { rule: 'machine-paths', path: 'docs/x.md', text: 'see /home/ada/orrery' },
  { rule: 'machine-paths', path: 'bench/x.ts', text: "const folder = '/root/data'" },
  {
    rule: 'registry-hosts',
    path: 'package-lock.json',
    text: '"resolved": "https://registry.example.org/a.tgz"',
  },
  { rule: 'registry-hosts', path: '.npmrc', text: 'registry=https://mirror.example.org' },
]
for (const { rule, path, text } of planted) {
  test(`finds a planted fault: ${rule} in ${path}: ${text.slice(0, 60).replaceAll('\n', ' ')}`, () => {
    const faults = guard([...HOUSE, { path, text }], 1)
    assert.deepEqual(
      faults.map((fault) => [fault.rule, fault.path]),
      [[rule, path]],
    )
  })
}

test('finds a table of routes that nothing is bound to', () => {
  const without = HOUSE.filter(({ path }) => path !== 'apps/server/http/mlflow/runs.ts')
  assert.deepEqual(
    guard(without, 1).map(({ rule }) => rule),
    ['bound-routes'],
  )
})

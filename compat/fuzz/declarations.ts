import type { AnyDeclaration } from '@orrery/base/contract'
import * as contract from '@orrery/base/contract'

/** Answers that go on until somebody ends them. Their input is asked in the tests of their bindings. */
const ENDLESS = new Set(['events.stream'])

/** Every declaration that the contract exports, of routes that come later too, but for those that never end. */
export function allDeclarations(): AnyDeclaration[] {
  const tables = Object.entries(contract).filter(([name]) => name.endsWith('Routes'))
  return tables
    .flatMap(([, table]) =>
      Object.values(table as Readonly<Record<string, AnyDeclaration | { declaration: AnyDeclaration }>>).map(
        (row) => ('declaration' in row ? row.declaration : row),
      ),
    )
    .filter(({ name }) => !ENDLESS.has(name))
}

const NOT_YET = new Set(contract.notYetRoutes.map(({ declaration }) => declaration.name))

/** Routes that serve what MLflow's do but for a part, which is 501 as what is not served at all: no client repeats it. */
const IN_PART = new Set([
  // MLflow's types of resources that have nothing behind them yet, and prompts apart from models.
  'grants.give',
  'grants.list',
  'grants.take',
  'roles.addPermission',
  'users.getPermission',
  'users.grant',
  'users.revoke',
  // The mode SET_DEFAULT.
  'mlflowWorkspaces.delete',
])

export const isServedInPart = ({ name }: AnyDeclaration) => IN_PART.has(name)

/** Whether a route answers 501 whatever is sent. */
export const isNotYet = ({ name }: AnyDeclaration) => NOT_YET.has(name)

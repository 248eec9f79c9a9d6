import type { AnyDeclaration } from '@orrery/base/contract'
import * as contract from '@orrery/base/contract'

/** Every declaration that the contract exports, of routes that come later too. */
export function allDeclarations(): AnyDeclaration[] {
  const tables = Object.entries(contract).filter(([name]) => name.endsWith('Routes'))
  return tables.flatMap(([, table]) =>
    Object.values(table as Readonly<Record<string, AnyDeclaration | { declaration: AnyDeclaration }>>).map(
      (row) => ('declaration' in row ? row.declaration : row),
    ),
  )
}

const NOT_YET = new Set(contract.notYetRoutes.map(({ declaration }) => declaration.name))

/** Whether a route answers 501 whatever is sent. */
export const isNotYet = ({ name }: AnyDeclaration) => NOT_YET.has(name)

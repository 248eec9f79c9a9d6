import * as contract from '@orrery/base/contract'

type Row = contract.AnyDeclaration

/** Every row of the contract by group and verb, as the client calls them. */
export function rowsByGroup(): ReadonlyMap<string, ReadonlyMap<string, Row>> {
  known ??= collect()
  return known
}

let known: ReadonlyMap<string, ReadonlyMap<string, Row>> | undefined

function collect(): ReadonlyMap<string, ReadonlyMap<string, Row>> {
  const groups = new Map<string, Map<string, Row>>()
  for (const [key, table] of Object.entries(contract)) {
    if (!key.endsWith('Routes') || key === 'notYetRoutes') continue
    for (const row of Object.values(table as unknown as Readonly<Record<string, Row>>)) {
      const [group, verb] = row.name.split('.') as [string, string]
      const calls = groups.get(group) ?? new Map<string, Row>()
      groups.set(group, calls.set(camel(verb), row))
    }
  }
  return groups
}

const camel = (verb: string) => verb.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

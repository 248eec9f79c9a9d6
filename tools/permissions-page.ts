import * as contract from '@orrery/base/contract'
import { BRINGS, type BuiltInRoleName, PERMISSION_NAMES, PERMISSIONS, ROLES } from '@orrery/base/kernel'

const ROLE_NAMES = Object.keys(ROLES) as BuiltInRoleName[]

/** The permissions with the roles that have them and the routes that need them, as the code has them. */
export function permissionsPage(): string {
  const roles = ROLE_NAMES.map((name) => `| \`${name}\` | ${ROLES[name].says} |`)
  const permissions = PERMISSION_NAMES.map((name) => {
    const has = ROLE_NAMES.map((role) =>
      (ROLES[role].permissions as readonly string[]).includes(name) ? '✓' : '',
    )
    return `| \`${name}\` | ${PERMISSIONS[name].says} | ${PERMISSIONS[name].level} | ${has.join(' | ')} |`
  })
  return `# Permissions

What a caller may do is a set of these. Roles are bundles of them, and each route needs one. This page is printed from the
code; what workspaces, roles and grants are stands in [access.md](access.md).

## Roles

| role | what it is for |
| --- | --- |
${roles.join('\n')}

Administrators may do everything, and have \`server.manage\` besides, which is in no role.

## Permissions and who has them

A grant on a kind or on a single thing names a level, MLflow's words: READ, USE, EDIT, MANAGE. Each includes those before it
and gives the permissions of the kind up to it. ${brings()}

| permission | what it allows | level | ${ROLE_NAMES.join(' | ')} |
| --- | --- | --- | ${ROLE_NAMES.map(() => ':-:').join(' | ')} |
${permissions.join('\n')}

## What routes need

The route asks whether there is anything to which the caller may do it; then the verb asks for the very thing. *An account*:
whoever is signed in, and what they may see or change is decided by what the call is about. *Nothing*: everybody may call it.

| permission | routes |
| --- | --- |
${routesByNeeds().join('\n')}
`
}

/** What permissions bring along, as sentences. */
function brings(): string {
  const rows = Object.entries(BRINGS)
  const words = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
  return rows.map(([name, brought]) => `\`${name}\` brings along: ${words(brought)}.`).join(' ')
}

function routesByNeeds(): string[] {
  const routes = Map.groupBy(declarations(), ({ needs }) => needs)
  const words: Readonly<Record<string, string>> = { 'signed-in': 'an account', public: 'nothing' }
  return [...PERMISSION_NAMES, 'signed-in' as const, 'public' as const].flatMap((needs) => {
    const names = (routes.get(needs) ?? []).map(({ name }) => name).sort()
    return names.length === 0
      ? []
      : [`| ${words[needs] ?? `\`${needs}\``} | ${names.map((name) => `\`${name}\``).join(', ')} |`]
  })
}

function declarations(): contract.AnyDeclaration[] {
  const isDeclaration = (value: unknown): value is contract.AnyDeclaration =>
    typeof value === 'object' && value !== null && 'needs' in value && 'path' in value
  return Object.values(contract)
    .filter((table) => typeof table === 'object' && table !== null && !Array.isArray(table))
    .flatMap((table) => Object.values(table as object).filter(isDeclaration))
}

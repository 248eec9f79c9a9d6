import { posix } from 'node:path'

/*
 * Who may import whom. A room is a folder with one front door: `base/kernel`, `drivers/db`, `domain/tracking`,
 * or a whole program, `apps/server`.
 */

/** The domain rooms that a room may use besides `events`, which all may. */
const DOMAIN: Readonly<Record<string, readonly string[]>> = {
  registry: ['tracking'],
  jobs: ['tracking', 'environments'],
  projects: ['tracking', 'jobs', 'environments'],
  pipelines: ['jobs', 'environments'],
  deployments: ['registry', 'environments'],
  importers: ['tracking', 'registry'],
  traces: ['tracking'],
  monitoring: ['jobs', 'deployments', 'data'],
}

const PROGRAMS: Readonly<Record<string, RegExp>> = {
  'apps/server': /^(base|drivers|domain)\//,
  'apps/serving': /^(base\/|drivers\/(artifacts|inference|collection)$)/,
  'apps/studio': /^(base\/(kernel|contract|filter)|sdk)$/,
  'apps/cli': /^(base\/|sdk$|drivers\/(environments|compute)$)/,
  sdk: /^base\/(kernel|contract)$/,
}

/** The room of a file, or undefined where the rules do not reach (tools, tests of the whole, benchmarks). */
export function roomOf(path: string): string | undefined {
  const [top, name, room] = path.split('/')
  if (top === 'apps' && name !== undefined) return `apps/${name}`
  if (top !== 'packages' || name === undefined || room === undefined) return undefined
  return name === 'sdk' ? 'sdk' : `${name}/${room}`
}

export function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const program = PROGRAMS[from]
  if (program !== undefined) return program.test(to)
  const [tier, room = ''] = from.split('/')
  const [otherTier, other = ''] = to.split('/')
  if (tier === 'base') return to === 'base/kernel'
  if (tier === 'drivers') return otherTier === 'base'
  if (tier !== 'domain') return false
  if (otherTier === 'base' || otherTier === 'drivers') return true
  return otherTier === 'domain' && (other === 'events' || (DOMAIN[room]?.includes(other) ?? false))
}

/** What an import names: the room and, within `@orrery/…`, the rest of the name. */
export interface Target {
  readonly room: string
  /** `./db/sqlite`, or `.`, as it must stand in `exports`; undefined for relative imports. */
  readonly subpath: string | undefined
  /** Path from the root for relative imports. */
  readonly path: string | undefined
}

/** @returns undefined for packages of others and for what lies outside the rules */
export function targetOf(from: string, specifier: string): Target | undefined {
  if (specifier.startsWith('@orrery/')) {
    const [, name = '', ...rest] = specifier.split('/')
    const room = rest.length === 0 ? name : `${name}/${rest[0]}`
    return { room, subpath: rest.length === 0 ? '.' : `./${rest.join('/')}`, path: undefined }
  }
  if (!specifier.startsWith('.')) return undefined
  const path = posix.join(posix.dirname(from), specifier)
  const room = roomOf(path)
  return room === undefined ? undefined : { room, subpath: undefined, path }
}

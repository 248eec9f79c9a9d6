import { type Fault, type File, isCode, isForTests, type Rule } from './file.ts'
import { mayImport, roomOf, type Target, targetOf } from './rooms.ts'

/** Import rules of the house: tiers, rooms, front doors, and where implementations are chosen. */
export const importRules: Rule = (files) => {
  const doors = exportsByPackage(files)
  return files.filter(isCode).flatMap((file) => {
    const from = roomOf(file.path)
    if (from === undefined) return []
    return importsOf(file.text).flatMap((specifier) => judge(file, from, specifier, doors))
  })
}

const COMPOSITION = /^apps\/server\/(compose|commands\/[\w-]+|[\w-]*(backup|restore)[\w-]*)\.ts$/

const RUNS_ANYWHERE = /^(base\/|sdk$)/

function judge(file: File, from: string, specifier: string, doors: Doors): Fault[] {
  const fault = (rule: string, says: string): Fault[] => [{ path: file.path, rule, says }]
  if (RUNS_ANYWHERE.test(from) && !isForTests(file.path) && specifier.startsWith('node:')) {
    return fault('base-runs-anywhere', `imports '${specifier}', but ${from} must run in a browser too`)
  }
  const target = targetOf(file.path, specifier)
  if (target === undefined) return []
  if (!isForTests(file.path) && !mayImport(from, target.room)) {
    return fault('tiers', `${from} may not import ${target.room} ('${specifier}')`)
  }
  if (isDeep(from, target, specifier, doors) && !isEquipment(file.path, target)) {
    return fault('front-doors', `'${specifier}' passes by the front door of ${target.room}`)
  }
  if (
    isImplementation(target) &&
    from !== target.room &&
    !isForTests(file.path) &&
    !COMPOSITION.test(file.path)
  ) {
    return fault('implementations', `'${specifier}' is an implementation; compose.ts chooses those`)
  }
  return []
}

function isDeep(from: string, { room, subpath, path }: Target, specifier: string, doors: Doors): boolean {
  if (subpath !== undefined) return !(doors.get(specifier.split('/')[1]!)?.has(subpath) ?? false)
  return room !== from && !/^(packages|apps)\/[\w-]+(\/[\w-]+)?\/index\.ts$/.test(path ?? '')
}

/** A test may use what another room has made for its own tests. */
function isEquipment(file: string, { path }: Target): boolean {
  return isForTests(file) && path?.includes('/testing/') === true
}

function isImplementation({ room, subpath }: Target): boolean {
  return room.startsWith('drivers/') && subpath !== undefined && subpath.split('/').length > 2
}

/** What `orrery` loads for every command, `--help` too, must not load a group. Only `import()` in the table does. */
export const lazyGroups: Rule = (files) =>
  files
    .filter((file) => /^apps\/cli\/(?!groups\/)/.test(file.path) && isCode(file) && !isForTests(file.path))
    .flatMap(({ path, text }) =>
      Array.from(text.matchAll(STATIC_GROUP), ([, specifier]) => ({
        path,
        rule: 'lazy-groups',
        says: `imports '${specifier}' at its start; a group is loaded when it is called`,
      })),
    )

const STATIC_GROUP = /^\s*(?:import|export)\b(?!\s*\()[^'"`;]*?'(\.\/groups\/[^']+)'/gm

type Doors = ReadonlyMap<string, ReadonlySet<string>>

function exportsByPackage(files: readonly File[]): Doors {
  const doors = new Map<string, ReadonlySet<string>>()
  for (const { path, text } of files) {
    const name = /^packages\/([\w-]+)\/package\.json$/.exec(path)?.[1]
    if (name !== undefined) doors.set(name, new Set(Object.keys(JSON.parse(text).exports ?? {})))
  }
  return doors
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]!)
}

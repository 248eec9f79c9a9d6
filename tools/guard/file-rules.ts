import { type Fault, isCode, isForTests, type Rule } from './file.ts'

/** Rules that look at one file at a time. */

const MOST_LINES = 500
const VAGUE =
  /(^|\/)(utils?|helpers?|common|shared|manager|misc)(\.|\/|$)|-(utils?|helpers?|common|manager|misc)\.|v2\.tsx?$/i

export const fileLength: Rule = (files) =>
  files.filter(isCode).flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    return lines <= MOST_LINES
      ? []
      : fault(path, 'file-length', `has ${lines} lines; the limit is ${MOST_LINES}`)
  })

export const fileNames: Rule = (files) =>
  files.filter(isCode).flatMap(({ path }) => {
    const name = path.split('/').at(-1)!
    if (VAGUE.test(path)) return fault(path, 'file-names', 'has a name that says nothing of what is in it')
    if (!/^[a-z0-9-]+(\.[a-z]+)*\.tsx?$/.test(name)) return fault(path, 'file-names', 'is not in kebab-case')
    return []
  })

export const exportForms: Rule = (files) =>
  files.filter(isCode).flatMap(({ path, text }) => {
    const faults: Fault[] = []
    if (/^\s*export \* from/m.test(text)) {
      faults.push(...fault(path, 'export-star', 'has `export *`; name what goes out'))
    }
    if (/^\s*export default\b/m.test(text) && !/\.config\.ts$/.test(path)) {
      faults.push(...fault(path, 'export-default', 'has a default export; names are the same everywhere'))
    }
    return faults
  })

const CALLS_OUT = /^(packages\/(base|drivers|domain)|apps\/server)\/(?!.*\/testing\/)/
const WAY_OUT = 'packages/drivers/egress/'
const OUTWARD =
  /(?<![\w.])(?:globalThis\.)?fetch\(|\b(?:from|import\()\s*'(?:undici|nodemailer|axios|node-fetch|got|node:https|node:tls)'/

/** What addresses a server may call is decided in one place; whoever calls by themselves passes it by. */
export const oneWayOut: Rule = (files) =>
  files
    .filter((file) => isCode(file) && !isForTests(file.path) && CALLS_OUT.test(file.path))
    .filter(({ path, text }) => !path.startsWith(WAY_OUT) && OUTWARD.test(text))
    .flatMap(({ path }) => fault(path, 'one-way-out', 'calls out by itself; drivers/egress does'))

/** Where somebody's machine shows through. */
const OF_A_MACHINE: readonly { readonly rule: string; readonly pattern: RegExp; readonly says: string }[] = [
  {
    rule: 'machine-paths',
    pattern: /(?<![\w.-])\/(?:root|work|home\/[a-z][\w-]*|Users\/\w+)\/[\w.-]/,
    says: 'names a path of one machine',
  },
  { rule: 'machine-paths', pattern: /(?<![\w.-])\/tmp\/scratch\b/, says: 'names a path of one machine' },
  {
    rule: 'registry-hosts',
    pattern: /"resolved":\s*"(?:https?|git\+)/,
    says: 'names where a package was downloaded',
  },
  {
    rule: 'registry-hosts',
    pattern: /(?:^|\s)(?:registry|index-url|extra-index-url)\s*[=:]\s*https?:/m,
    says: 'names a package registry',
  },
]

export const noMachines: Rule = (files) =>
  files
    .filter(({ path }) => !path.startsWith('tools/guard/'))
    .flatMap(({ path, text }) =>
      OF_A_MACHINE.flatMap(({ rule, pattern, says }) => {
        const found = pattern.exec(text)
        return found === null ? [] : fault(path, rule, `${says}: ${found[0].trim()}`)
      }),
    )

/** Every table of routes that the contract hands out is bound somewhere in the server. */
export const boundRoutes: Rule = (files) => {
  const contract = files.find(({ path }) => path === 'packages/base/contract/index.ts')
  const server = files.filter(({ path }) => path.startsWith('apps/server/') && !path.includes('.test.'))
  const tables = [...(contract?.text ?? '').matchAll(/\b(\w+Routes)\b/g)].map((match) => match[1]!)
  return [...new Set(tables)].flatMap((table) => {
    const uses = new RegExp(`\\bbind\\(\\s*${table}\\b|\\b${table}\\.(map|flatMap)\\(`)
    return server.some(({ text }) => uses.test(text))
      ? []
      : fault(contract!.path, 'bound-routes', `'${table}' is not bound to anything`)
  })
}

function fault(path: string, rule: string, says: string): Fault[] {
  return [{ path, rule, says }]
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { after } from 'node:test'
import type { Surroundings } from '../context.ts'
import { runCli } from '../run-cli.ts'

export interface Typed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Typing {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin?: string
  /** A person sits there, with a terminal of 80 columns. */
  readonly isTerminal?: boolean
  /** 0 where the terminal does not know it, as in containers. */
  readonly columns?: number
  readonly folder?: string
  readonly fetch?: typeof fetch
  readonly signal?: AbortSignal
}

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder that is gone after the tests. */
export function someFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-cli-'))
  folders.push(folder)
  return folder
}

/** Types commands with a configuration of their own. `type('run', 'list')` gives what was printed and the exit code. */
export function typist(always: Typing = {}) {
  const home = someFolder()
  const type = (...argv: string[]) => typeWith({}, ...argv)
  async function typeWith(typing: Typing, ...argv: string[]): Promise<Typed> {
    const { isTerminal = false, columns, ...told } = { ...always, ...typing }
    const out = collect(isTerminal, columns)
    const err = collect(isTerminal, columns)
    const stdin =
      told.stdin === undefined && isTerminal ? new PassThrough() : Readable.from([told.stdin ?? ''])
    const surroundings: Surroundings = {
      env: { ORRERY_CONFIG_DIR: join(home, 'config'), ...always.env, ...typing.env },
      folder: told.folder ?? home,
      stdin: Object.assign(stdin, { isTTY: isTerminal }),
      stdout: out.stream,
      stderr: err.stream,
      signal: told.signal ?? new AbortController().signal,
      ...(told.fetch === undefined ? {} : { fetch: told.fetch }),
    }
    const code = await runCli(argv, surroundings)
    return { code, out: out.text(), err: err.text() }
  }
  return { type, typeWith, home, configFolder: join(home, 'config') }
}

function collect(isTTY: boolean, columns = 80) {
  let text = ''
  const stream = new Writable({
    write(piece, _, done) {
      text += String(piece)
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY, columns }), text: () => text }
}

/** What was printed as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
export const jsonOf = ({ out }: Typed): any => JSON.parse(out)

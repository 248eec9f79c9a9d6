import type { OrrerySettings } from '@orrery/sdk'
import { ask, askUnseen, readLines } from './ask.ts'
import type { ConfigStore } from './config/config-store.ts'
import { knownToken } from './config/known-token.ts'
import type { Context, Settings, Surroundings } from './context.ts'
import { CliError } from './exit-codes.ts'
import type { FileOptions } from './message/read-message.ts'
import { printable } from './output/printable.ts'

/** The parts of a context that a command may never need are loaded when it asks. */
export function makeContext(
  surroundings: Surroundings,
  settings: Settings,
  store: ConfigStore,
  file: FileOptions,
): Context {
  const { stderr, stdin } = surroundings
  const say = (text: string) => {
    stderr.write(`${printable(text)}\n`)
  }
  let client: ReturnType<Context['orrery']> | undefined
  const begin = async () => {
    const { url, askedWorkspace } = settings
    const token = tokenOf(settings, surroundings, store, say)
    return connect({ url, workspace: askedWorkspace, token, fetch: surroundings.fetch })
  }
  return {
    ...surroundings,
    settings,
    store,
    say,
    orrery: () => {
      client ??= begin()
      return client
    },
    message: async (row) => {
      const { readMessage } = await import('./message/read-message.ts')
      return (await readMessage(row, file, surroundings)) as never
    },
    confirm: async (question) => {
      if (settings.yes) return
      if (stdin.isTTY !== true) {
        throw new CliError('NO_TERMINAL', `There is no terminal to ask on: ${question}`, 'Pass --yes.')
      }
      const answer = await ask(surroundings, `${printable(question)} [y/N] `)
      if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('DECLINED', 'Nothing was done.')
    },
    askSecret: async (question, flag) => {
      if (stdin.isTTY === true) return askUnseen(surroundings, `${question} `)
      const what = question.replace(/:$/, '.')
      throw new CliError('NO_TERMINAL', `There is no terminal to ask on: ${what}`, `Pass ${flag}.`)
    },
    readSecret: async () => (await readSecrets(surroundings))[0]!,
    readSecrets: () => readSecrets(surroundings),
  }
}

async function readSecrets(surroundings: Surroundings): Promise<string[]> {
  const lines = await readLines(surroundings)
  if (lines.length === 0) throw new CliError('USAGE', 'There is nothing on stdin.')
  return lines
}

/** A person waits for it: three attempts rather than five. */
export async function connect(settings: OrrerySettings) {
  const { Orrery, retries } = await import('@orrery/sdk')
  return new Orrery({ retries: retries(3), ...settings })
}

function tokenOf(
  settings: Settings,
  { env }: Surroundings,
  store: ConfigStore,
  say: (text: string) => void,
): string | undefined {
  const known = knownToken(settings, store)
  if (known === undefined && (env.ORRERY_TOKEN ?? '') !== '') {
    const { url, profile } = settings
    say(`ORRERY_TOKEN is not sent to ${url}, which is of profile '${profile}': set ORRERY_URL too.`)
  }
  return known?.token
}

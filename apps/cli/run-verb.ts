import { openConfigStore } from './config/config-store.ts'
import { signedOut } from './config/signed-out.ts'
import type { Context, Surroundings } from './context.ts'
import { CliError, Failed } from './exit-codes.ts'
import { makeContext } from './make-context.ts'
import { render } from './output/render.ts'
import type { Parsed } from './parse.ts'
import { settingsOf } from './settings.ts'

/** Runs a verb and writes its result. */
export async function runVerb({ command, given, common }: Parsed, surroundings: Surroundings): Promise<void> {
  const store = openConfigStore(surroundings.env)
  const settings = settingsOf(common, surroundings, store.config())
  if (settings.query !== undefined) (await import('./output/query.ts')).checkQuery(settings.query)
  const context = makeContext(surroundings, settings, store, common)
  let result: unknown
  try {
    result = await command.run(context, given as never)
  } catch (error) {
    if (error instanceof Failed) await render(error.result, command, context)
    throw await explain(error, context)
  }
  await render(result, command, context)
}

/** What the server cannot know: how one signs in here, and which workspaces one has. */
async function explain(error: unknown, context: Context): Promise<unknown> {
  const { name, code, message } = error as Record<string, string | undefined>
  if (name !== 'OrreryError' || context.signal.aborted) return error
  if (code === 'UNAUTHENTICATED') return signedOut(error as Error, context)
  if (code === 'PERMISSION_DENIED') {
    const { askForApproval } = await import('./ask-for-approval.ts')
    const next = askForApproval(message ?? '')
    return next === undefined ? error : new CliError('DENIED', message!, next, error)
  }
  if (code === 'RESOURCE_DOES_NOT_EXIST' && message?.startsWith('No workspace is named') === true) {
    return new CliError('NOT_FOUND', firstSentence(message), await workspacesOf(context), error)
  }
  return error
}

const firstSentence = (message: string) => /^.*?'\.(?= |$)/.exec(message)?.[0] ?? message

async function workspacesOf(context: Context): Promise<string> {
  const orrery = await context.orrery()
  try {
    const { workspaces } = await orrery.workspaces.list({}, { signal: context.signal, workspace: 'default' })
    const names = workspaces.map(({ name }) => name)
    return names.length === 0 ? 'You have a part in none.' : `There are ${names.join(', ')}.`
  } catch {
    return '`orrery workspace list` lists those that there are.'
  }
}

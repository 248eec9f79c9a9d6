import type { Database } from '@orrery/drivers/db'
import { basic, serveAccounts } from '../../../apps/server/http/testing/serve-accounts.ts'
import { Orrery } from '../index.ts'

/**
 * The whole server behind a socket, with a workspace `elsewhere` besides `default`, and a client for each: `root` with
 * the administrator's token for both, `stranger` with none.
 */
export async function openServer(db: Database) {
  const server = await serveAccounts(db)
  const url = await server.listen()
  await server.makeWorkspace('elsewhere')
  const { token } = await server.done(
    'POST',
    '/api/orrery/v1/tokens',
    { name: 'test', all_workspaces: true },
    basic('root'),
  )
  const root = new Orrery({ url, token })
  return {
    url,
    token: token as string,
    server,
    root,
    elsewhere: root.inWorkspace('elsewhere'),
    stranger: new Orrery({ url }),
    /** A run to put things into. @returns its id */
    async makeRun(orrery: Orrery = root): Promise<string> {
      const { run } = await orrery.runs.create({ experiment_id: '0', start_time: 1 })
      return run.info.run_id
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

import { after, before } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { openServer } from '../../../packages/sdk/testing/open-server.ts'
import { typist } from './type.ts'

/** The password of every account of the served workspace. */
export const PASSWORD = 'correct horse battery'

/** A real server, and somebody who types as its administrator. */
export async function openCli(db: Database) {
  const opened = await openServer(db)
  const env = { ORRERY_URL: opened.url, ORRERY_TOKEN: opened.token }
  return {
    ...opened,
    ...typist({ env }),
    /** Somebody who has never signed in. */
    somebody: () => typist(),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/**
 * One server for all tests of a suite, for those that make what they ask about: starting it is most of what a short test
 * costs. Who moves the clock or counts everything has one of their own.
 */
export function shareCli(open: () => Promise<Database>): () => Awaited<ReturnType<typeof openCli>> {
  const opened = new AsyncDisposableStack()
  let cli: Awaited<ReturnType<typeof openCli>>
  before(async () => {
    cli = opened.use(await openCli(opened.use(await open())))
  })
  after(() => opened.disposeAsync())
  return () => cli
}

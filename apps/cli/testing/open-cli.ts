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

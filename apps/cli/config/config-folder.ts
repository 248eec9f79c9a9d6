import { homedir } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** Where profiles and credentials are; the Python package looks in the same places. */
export function configFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (isSet(env.ORRERY_CONFIG_DIR)) return env.ORRERY_CONFIG_DIR
  if (isSet(env.XDG_CONFIG_HOME)) return join(env.XDG_CONFIG_HOME, 'orrery')
  if (platform === 'win32' && isSet(env.APPDATA)) return join(env.APPDATA, 'orrery')
  return join(isSet(env.HOME) ? env.HOME : homedir(), '.config', 'orrery')
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

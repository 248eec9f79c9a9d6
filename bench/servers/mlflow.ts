import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from './free-port.ts'
import { ROOT } from './orrery.ts'
import { runCommand } from './run-command.ts'
import type { Contender } from './server.ts'

/** `mlflow server` needs it for PostgreSQL. */
const PSYCOPG = 'psycopg2-binary==2.9.12'

/**
 * `mlflow server` as it comes: 4 workers, artifacts proxied, SQLite.
 *
 * @param databaseUrl a PostgreSQL to use instead of SQLite
 */
export function mlflow(folder: string, databaseUrl?: string): Contender {
  mkdirSync(folder, { recursive: true })
  return {
    name: 'mlflow server',
    folder,
    async start() {
      const port = await freePort()
      const store = databaseUrl ?? `sqlite:///${mlflowDatabase(folder)}`
      return runCommand({
        program: mlflowProgram(),
        args: [
          ...['server', '--host', '127.0.0.1', '--port', String(port)],
          ...['--backend-store-uri', store, '--artifacts-destination', join(folder, 'artifacts')],
        ],
        env: {
          MLFLOW_DISABLE_TELEMETRY: 'true',
          ...(databaseUrl === undefined ? {} : { PYTHONPATH: psycopgFolder() }),
        },
        url: `http://127.0.0.1:${port}`,
        logFile: join(folder, 'server.log'),
      })
    },
  }
}

export const mlflowDatabase = (folder: string) => join(folder, 'mlflow.db')

/** `ORRERY_BENCH_MLFLOW`, or the one of the compatibility tests, which is installed where it is missing. */
export function mlflowProgram(): string {
  const given = process.env.ORRERY_BENCH_MLFLOW
  if (given !== undefined) return given
  const setup = join(ROOT, 'compat/env/setup.py')
  const python = execFileSync('python3', [setup, 'client'], { encoding: 'utf8' }).trim()
  return join(dirname(python), 'mlflow')
}

/** The Python that runs that `mlflow`. */
export const mlflowPython = () => join(dirname(mlflowProgram()), 'python')

export function mlflowVersion(): string {
  return execFileSync(mlflowProgram(), ['--version'], { encoding: 'utf8' }).trim().replace(/^.* /, '')
}

function psycopgFolder(): string {
  const folder = join(ROOT, '.cache/python/bench-psycopg2')
  if (!existsSync(folder)) {
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, PSYCOPG], {
      stdio: 'inherit',
    })
  }
  return folder
}

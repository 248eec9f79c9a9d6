import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { mlflow, mlflowDatabase, mlflowPython } from '../servers/mlflow.ts'

/** Lets `mlflow server` make its database by a start, then fills it through SQL. @returns what the script prints */
export async function fillMlflow(folder: string, ...args: (string | number)[]): Promise<string[]> {
  await (await mlflow(folder).start()).stop()
  const script = join(import.meta.dirname, 'fill-mlflow.py')
  const printed = execFileSync(mlflowPython(), [script, mlflowDatabase(folder), ...args.map(String)], {
    encoding: 'utf8',
  })
  return printed.split('\n').filter((line) => line !== '')
}

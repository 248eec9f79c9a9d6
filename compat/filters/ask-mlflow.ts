import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Corpus } from './corpus.ts'
import type { Answer, Question } from './question.ts'

const execute = promisify(execFile)

/**
 * The Python that has mlflow: `ORRERY_COMPAT_PYTHON`, or the one of the compatibility tests, which is made if it is
 * not there yet.
 */
export async function ensurePython(): Promise<string> {
  const given = process.env.ORRERY_COMPAT_PYTHON
  if (given) return given
  const setup = join(import.meta.dirname, '../env/setup.py')
  const { stdout } = await execute('python3', [setup, 'client'])
  return stdout.trim()
}

/** Loads the corpus into a real MLflow store of its own and asks it. Starting Python takes some 10 seconds. */
export async function askMlflow(
  python: string,
  corpus: Corpus,
  questions: readonly Question[],
): Promise<{ mlflow: string; answers: Answer[] }> {
  const child = spawn(python, [join(import.meta.dirname, 'ask_mlflow.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(JSON.stringify({ corpus, questions }))
  const [out, said, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done, fail) => {
      child.on('error', fail)
      child.on('close', done)
    }),
  ])
  if (code !== 0) throw new Error(`ask_mlflow.py ended with ${code}:\n${said.slice(-4_000)}`)
  return JSON.parse(out)
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Corpus } from './corpus.ts'
import type { Answer, Question } from './question.ts'

/** The Python that has mlflow: `ORRERY_COMPAT_PYTHON`, or the one that `compat/env/setup.py client` makes. */
export function findPython(): string | undefined {
  const given = process.env.ORRERY_COMPAT_PYTHON
  if (given) return given
  const made = join(import.meta.dirname, '../../.cache/python/client/bin/python')
  return existsSync(made) ? made : undefined
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

/*
 * npm test [-- WORD…]: every test of the repository, or those whose path holds one of the words.
 *
 * TypeScript tests run under node --test, both database engines in each; one PostgreSQL serves them all. Beside them
 * runs the Python suite in compat/, which drives the server with the real mlflow client, and after it that of
 * python/orrery; what they print comes when the TypeScript tests are done. Ends with `N passed, N failed`.
 *
 * Tests that choose at random take their seed from the commit: each commit asks anew, the same commit asks the same.
 */
import { execFileSync, type StdioOptions, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import type { TestServer } from '@orrery/drivers/db/testing'
import { sourceFiles } from './source-files.ts'

interface Counts {
  passed: number
  failed: number
}

const ROOT = join(import.meta.dirname, '..')

/** The tests among the files that a filter leaves. */
export function chosen(
  files: readonly string[],
  words: readonly string[],
): { node: string[]; compat: string[]; python: string[] } {
  const wanted = files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  return {
    node: wanted.filter((file) => file.endsWith('.test.ts')),
    compat: wanted.filter((file) => /^compat\/(.*\/)?test_\w+\.py$/.test(file)),
    python: wanted.filter((file) => /^python\/orrery\/tests\/test_\w+\.py$/.test(file)),
  }
}

/** Those that wait most of their time, for servers that they kill and start, go on beside all others: they begin. */
const WAITING = /^compat\/|\/kill\.test\.ts$/

export function waitingFirst(files: readonly string[]): string[] {
  return [...files.filter((file) => WAITING.test(file)), ...files.filter((file) => !WAITING.test(file))]
}

/** Counts from pytest's last line, `3 failed, 120 passed, 2 skipped in 41.20s`. */
export function pytestCounts(output: string): Counts | undefined {
  const line = output
    .trimEnd()
    .split('\n')
    .findLast((text) => / in [\d.:]+s/.test(text))
  if (line === undefined) return undefined
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  return { passed: count('passed'), failed: count('failed') + count('errors?') }
}

async function runNodeTests(files: readonly string[]): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0 }
  if (files.length === 0) return counts
  const postgres = await sharedPostgres(files)
  const tests = run({
    files: waitingFirst(files).map((file) => join(ROOT, file)),
    concurrency: availableParallelism(),
    // Each test has its own short life; a file that hangs must not hang the run.
    timeout: 600_000,
  })
  for await (const event of tests) {
    if (event.type === 'test:fail') report(event.data)
    if (event.type === 'test:stdout' || event.type === 'test:stderr') process.stdout.write(event.data.message)
    if (event.type === 'test:summary') {
      const { file, counts: told, duration_ms } = event.data
      const failed = told.failed + told.cancelled
      if (file === undefined) {
        counts.passed += told.passed
        counts.failed += failed
      } else {
        const mark = failed === 0 ? '✔' : '✖'
        console.log(
          `${mark} ${relative(ROOT, file)}: ${told.passed} passed, ${failed} failed (${Math.round(duration_ms)} ms)`,
        )
      }
    }
  }
  await postgres?.stop()
  return counts
}

/** One PostgreSQL for all files, handed on in the environment. Where it cannot start, the tests that need it say so. */
async function sharedPostgres(files: readonly string[]): Promise<TestServer | undefined> {
  const isWanted = files.some((file) => !/^(tools|packages\/base)\//.test(file))
  if (!isWanted || process.env.ORRERY_TEST_POSTGRES_URL !== undefined) return undefined
  try {
    // Loaded here, so that a fault in the drivers fails their tests and not the run.
    const { startTestPostgres } = await import('@orrery/drivers/db/testing')
    const server = await startTestPostgres()
    process.env.ORRERY_TEST_POSTGRES_URL = server.url
    return server
  } catch (error) {
    console.log(`PostgreSQL did not start: ${(error as Error).message}`)
    return undefined
  }
}

function report({
  name,
  file,
  details,
}: {
  name: string
  file?: string
  details: { error: Error; type?: string }
}): void {
  if (details.type === 'suite') return
  const cause = details.error.cause ?? details.error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  console.log(`✖ ${name} (${relative(ROOT, file ?? '')})\n${text.replaceAll(/^/gm, '    ')}`)
}

/** What is told when it may be, in the order in which it came. */
class Held {
  #chunks: Buffer[] | undefined = []

  write(chunk: Buffer): void {
    if (this.#chunks === undefined) process.stdout.write(chunk)
    else this.#chunks.push(chunk)
  }

  /** From now on it is told at once. */
  release(): void {
    for (const chunk of this.#chunks ?? []) process.stdout.write(chunk)
    this.#chunks = undefined
  }
}

interface Pytest {
  readonly env: NodeJS.ProcessEnv
  readonly out: Held
  readonly isFiltered: boolean
}

/** @param folder of the script and of what it calls its tests */
async function runPytest(
  folder: string,
  script: string,
  files: readonly string[],
  { env, out, isFiltered }: Pytest,
): Promise<Counts> {
  if (files.length === 0) return { passed: 0, failed: 0 }
  const named = isFiltered ? files.map((file) => relative(folder, file)) : []
  const { output, code } = await shell('sh', [join(ROOT, folder, script), ...named], env, out)
  const counts = pytestCounts(output) ?? { passed: 0, failed: 1 }
  // Where pytest itself could not run, its counts say nothing of it.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

function shell(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  out: Held,
): Promise<{ output: string; code: number }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      out.write(chunk)
    })
    child.on('close', (code) => resolve({ output, code: code ?? 1 }))
  })
}

/** @returns a number from the commit's id; 1 where there is no git */
function seedOfCommit(): number {
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore']
    const id = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8', stdio })
    return Number.parseInt(id.slice(0, 7), 16)
  } catch {
    return 1
  }
}

if (import.meta.main) {
  process.env.ORRERY_TEST_SEED ??= String(seedOfCommit())
  const words = process.argv.slice(2)
  // Every test file and every server that it starts is a process that would strip the types of the same files again.
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.cache/compiled')
  const files = chosen(sourceFiles(ROOT), words)
  // The PostgreSQL of the TypeScript tests ends with them, so the Python suites are not told of it.
  const pytest: Pytest = { env: { ...process.env }, out: new Held(), isFiltered: words.length > 0 }
  const inPython = async () => ({
    compat: await runPytest('compat', 'run.sh', files.compat, pytest),
    python: await runPytest('python/orrery', 'test.sh', files.python, pytest),
  })
  const inTypeScript = runNodeTests(files.node).finally(() => pytest.out.release())
  const [node, { compat, python }] = await Promise.all([inTypeScript, inPython()])
  const passed = node.passed + compat.passed + python.passed
  const failed = node.failed + compat.failed + python.failed
  if (passed + failed === 0) console.log(`No test matches ${words.join(' ')}.`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A step as a system would run it. */
export interface Step {
  readonly name: string
  readonly script: string
  readonly env: Readonly<Record<string, string>>
}

export interface Pipeline {
  readonly file: string
  readonly steps: readonly Step[]
  /** Variables that a step has handed on, of what it printed and wrote. */
  handedOn(told: {
    readonly out: string
    readonly githubOutput: string
    readonly dotenv: string
  }): Record<string, string>
}

const ROOT = join(import.meta.dirname, '../../../examples/ci')
export const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

type Env = Readonly<Record<string, string>>

/** `secrets.ORRERY_TOKEN`, `steps.train.outputs.run` and the like, by name. */
const LAST_WORD = /\$\{\{ [\w.]*?(\w+) \}\}/g

export function githubPipeline(): Pipeline {
  const file = 'github-actions/train.yml'
  const { jobs } = parse(textOf(file)) as {
    jobs: { train: { env: Env; steps: readonly { name?: string; run?: string; env?: Env }[] } }
  }
  const { env, steps } = jobs.train
  return {
    file,
    steps: steps.flatMap(({ name = '', run, env: own = {} }) =>
      run === undefined ? [] : [{ name, script: `set -e\n${run}`, env: { ...env, ...own } }],
    ),
    handedOn: ({ githubOutput }) =>
      Object.fromEntries(
        Object.entries(pairs(githubOutput)).map(([name, value]) => [name.toUpperCase(), value]),
      ),
  }
}

export function azurePipeline(): Pipeline {
  const file = 'azure-pipelines/azure-pipelines.yml'
  const { jobs, variables } = parse(textOf(file)) as {
    variables: Env
    jobs: readonly { steps: readonly { script?: string; displayName?: string; env?: Env }[] }[]
  }
  return {
    file,
    steps: jobs[0]!.steps.flatMap(({ script, displayName = '', env = {} }) =>
      script === undefined ? [] : [{ name: displayName, script, env: { ...variables, ...env } }],
    ),
    handedOn: ({ out }) =>
      Object.fromEntries(
        Array.from(out.matchAll(/^##vso\[task\.setvariable variable=(\w+)\](.*)$/gm), ([, name, value]) => [
          name!,
          value!,
        ]),
      ),
  }
}

interface Job {
  readonly stage?: string
  readonly script?: readonly string[]
}

export function gitlabPipeline(): Pipeline {
  const file = 'gitlab/gitlab-ci.yml'
  const told = parse(textOf(file)) as { stages: readonly string[]; variables: Env }
  const jobs = (Object.entries(told) as [string, Job][]).filter(([, job]) => Array.isArray(job.script))
  return {
    file,
    steps: told.stages.map((stage) => {
      const [name, job] = jobs.find(([, { stage: own }]) => own === stage)!
      const lines = job.script!.filter((line) => !line.startsWith('pip install'))
      return { name: capital(name), script: `set -e\n${lines.join('\n')}`, env: told.variables }
    }),
    handedOn: ({ dotenv }) => pairs(dotenv),
  }
}

/** Fills in what stands in `${{ … }}`, `$(…)` or as `$NAME` for a whole value. */
export function filled(env: Env, values: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value
        .replace(LAST_WORD, (_, word: string) => values[word] ?? values[word.toUpperCase()] ?? '')
        .replace(
          /^\$\((\w+)\)$|^\$(\w+)$/,
          (_, one?: string, other?: string) => values[(one ?? other)!] ?? '',
        ),
    ]),
  )
}

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(Array.from(text.matchAll(/^(\w+)=(.*)$/gm), ([, name, value]) => [name!, value!]))
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

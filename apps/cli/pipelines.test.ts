import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { parse } from 'yaml'
import { MIGRATIONS } from '../server/http/testing/serve-accounts.ts'
import { faultsOf } from './testing/github-parser.ts'
import { openCli, PASSWORD } from './testing/open-cli.ts'
import {
  azurePipeline,
  filled,
  githubPipeline,
  gitlabPipeline,
  type Pipeline,
  type Step,
  textOf,
} from './testing/pipelines.ts'
import { jsonOf, someFolder } from './testing/type.ts'

const ROOT = join(import.meta.dirname, '../..')
const PIPELINES = [githubPipeline(), azurePipeline(), gitlabPipeline()]

test("GitHub's own parser has nothing against the workflow, and sees what is wrong", () => {
  const workflow = textOf('github-actions/train.yml')
  assert.deepEqual(faultsOf(workflow), [])
  assert.match(faultsOf(workflow.replace('runs-on:', 'run-on:')).join(), /'run-on'/)
})

// The forms of all three are held against the schemas of their systems in python/orrery/tests/test_ci_templates.py.
test('each job of GitLab is in a stage that there is, and its lines are texts in YAML', () => {
  const { stages, ...told } = parse(textOf('gitlab/gitlab-ci.yml')) as Record<string, object> & {
    stages: readonly string[]
  }
  const jobs = Object.entries(told).filter(([, job]) => 'script' in job) as [string, GitLabJob][]
  assert.equal(jobs.length, stages.length)
  for (const [name, { stage, script }] of jobs) {
    assert.ok(stages.includes(stage), name)
    for (const line of script) assert.equal(typeof line, 'string', `${line} is no text in YAML`)
  }
})

interface GitLabJob {
  readonly stage: string
  readonly script: readonly unknown[]
}

for (const { file, steps } of PIPELINES) {
  test(`${file}: trains, evaluates, registers and asks, and holds no token`, () => {
    const names = steps.map(({ name }) => name).filter((name) => name !== 'Install')
    assert.deepEqual(names, ['Train', 'Evaluate', 'Register', 'Approve'])
    assert.doesNotMatch(textOf(file), /orrery_(pat|svc|trk|run)_/)
  })
}

/** Stands for `python` in the steps: the same calls that MLflow's client makes for train.py. */
const PYTHON = `
const { ORRERY_URL: url, MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN: token, LOSS } = process.env
if (url !== MLFLOW_TRACKING_URI || process.argv[2] !== 'train.py') throw new Error('MLflow is told another server')
const ask = async (method, path, body) => {
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
  const answer = await fetch(url + '/api/2.0/' + path, { method, headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text === '' ? {} : JSON.parse(text)
}
const { run: { info } } = await ask('POST', 'mlflow/runs/create', { experiment_id: '0', start_time: 1 })
const { run_id } = info
await ask('POST', 'mlflow/runs/log-metric', { run_id, key: 'loss', value: LOSS === 'NaN' ? LOSS : Number(LOSS), timestamp: 1 })
const at = info.artifact_uri.replace('mlflow-artifacts:/', 'mlflow-artifacts/artifacts/')
await ask('PUT', at + '/model/weights.json', { weight: 3 })
await ask('POST', 'mlflow/runs/update', { run_id, status: LOSS === 'NaN' ? 'FAILED' : 'FINISHED', end_time: 2 })
// As the real one does when a run ends.
console.log('🏃 View run able-fly-223 at: ' + url + '/#/experiments/0/runs/' + run_id)
console.log('🧪 View experiment at: ' + url + '/#/experiments/0')
console.log(run_id)
`

/** A machine of the system: `orrery` and `python` are in its PATH. */
function makeRunner(token: string, url: string, loss: string) {
  const folder = someFolder()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'train.mjs'), PYTHON)
  const program = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  program('orrery', `exec "${join(ROOT, 'orrery')}" "$@"`)
  program('python', `exec "${process.execPath}" "${join(bin, 'train.mjs')}" "$@"`)
  const settings = { ORRERY_URL: url, ORRERY_TOKEN: token }
  let values: Record<string, string> = { ...settings }
  return async function run({ script, env }: Step, { handedOn, file }: Pipeline) {
    const output = join(folder, 'github-output')
    writeFileSync(output, '')
    // Azure hands secrets to the steps alone that name them, GitHub all that they name.
    const given = file.startsWith('gitlab')
      ? values
      : file.startsWith('azure')
        ? { ...values, ORRERY_TOKEN: '' }
        : {}
    const child = spawn('sh', ['-c', script], {
      cwd: folder,
      env: {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        ...{
          HOME: folder,
          LOSS: loss,
          GITHUB_OUTPUT: output,
          GITHUB_SHA: 'c0ffee',
          BUILD_SOURCEVERSION: 'c0ffee',
        },
        ...{ CI_COMMIT_SHA: 'c0ffee', CI_PIPELINE_URL: 'https://ci.test/1', BUILD_BUILDNUMBER: '1' },
        ...given,
        ...filled(env, { ...values, server_url: 'https://ci.test', repository: 'a/b', run_id: '1' }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (piece: Buffer) => {
      out += piece
    })
    child.stderr.on('data', (piece: Buffer) => {
      err += piece
    })
    const [code] = await once(child, 'close')
    const dotenv = ['train.env', 'register.env']
      .map((name) => join(folder, name))
      .filter((path) => existsSync(path))
    const told = {
      out,
      githubOutput: readFileSync(output, 'utf8'),
      dotenv: dotenv.map((path) => readFileSync(path, 'utf8')).join(''),
    }
    values = { ...values, ...handedOn(told) }
    return { code: code as number, out, err }
  }
}

eachEngine('pipelines against a real server', MIGRATIONS, (open) => {
  for (const pipeline of PIPELINES) {
    test(`${pipeline.file}: a good model waits for a second person and is then the champion`, async () => {
      await using db = await open()
      await using cli = await openCli(db)
      const { type } = cli
      const inElsewhere = (...argv: string[]) => type(...argv, '-w', 'elsewhere')
      await inElsewhere('user', 'create', 'deployer', '--kind', 'service')
      await inElsewhere('role', 'assign', 'contributor', 'deployer')
      const made = await inElsewhere('token', 'create', 'ci', '--service', 'deployer')
      const protect = await inElsewhere(
        'approval',
        'protect',
        'fraud',
        'champion',
        '--kind',
        'alias',
        '--reason',
        'Four eyes.',
      )
      assert.equal(protect.code, 0, protect.err)
      const run = makeRunner(jsonOf(made).token, `${cli.url}/workspaces/elsewhere`, '0.1')
      for (const step of pipeline.steps) {
        if (step.name === 'Install') continue
        const { code, out, err } = await run(step, pipeline)
        assert.equal(code, 0, `${step.name}: ${out}${err}`)
      }
      const [request] = jsonOf(await inElsewhere('approval', 'list', '--state', 'open'))
      assert.equal((await inElsewhere('model', 'show', 'fraud@champion')).code, 5, 'not yet')
      // Whoever made the account of the pipeline counts as whoever asked.
      const decide = ['approval', 'approve', request.id, '--reason', 'It is good.']
      assert.equal((await inElsewhere(...decide)).code, 4)
      await cli.server.makeUser('ada')
      await cli.server.assign('elsewhere', 'owner', 'ada')
      const ada = cli.somebody()
      await ada.typeWith({ stdin: PASSWORD }, 'login', cli.url, '--user', 'ada', '--password-stdin')
      const approved = await ada.type(...decide)
      assert.equal(approved.code, 0, approved.err)
      const champion = jsonOf(await inElsewhere('model', 'show', 'fraud@champion'))
      assert.equal(champion.version, '1')
      assert.ok(
        champion.tags.some(
          ({ key, value }: { key: string; value: string }) => key === 'commit' && value === 'c0ffee',
        ),
      )
    })
  }

  test('a failed run ends the pipeline with 10, and a poor one at its evaluation', async () => {
    await using db = await open()
    await using cli = await openCli(db)
    const pipeline = PIPELINES[0]!
    const named = (name: string) => pipeline.steps.find((step) => step.name === name)!
    const failed = await makeRunner(cli.token, cli.url, 'NaN')(named('Train'), pipeline)
    assert.equal(failed.code, 10, failed.err)
    const run = makeRunner(cli.token, cli.url, '0.9')
    assert.equal((await run(named('Train'), pipeline)).code, 0)
    const poor = await run(named('Evaluate'), pipeline)
    assert.deepEqual([poor.code, poor.out], [1, 'The loss is 0.9; it must be below 0.5.\n'])
  })
})

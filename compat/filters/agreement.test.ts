import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { countingIds } from '@orrery/base/kernel'
import { accessMigrations, localOwner, makeAccess } from '@orrery/domain/access'
import { eventsMigrations, makeEmit } from '@orrery/domain/events'
import { makeRegistrySearch, registryMigrations } from '@orrery/domain/registry'
import {
  makeTracking,
  NOTHING_METERED,
  NOTHING_OWNED,
  type Tracking,
  trackingMigrations,
} from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Deviation, Outcome } from '../deviations/deviation.ts'
import { deviations } from '../deviations/search.ts'
import { askMlflow, ensurePython } from './ask-mlflow.ts'
import { askOrrery } from './ask-orrery.ts'
import type { Corpus } from './corpus.ts'
import { loadCorpus } from './load-corpus.ts'
import { type Answer, isRefusal, type Question } from './question.ts'
import { makeQuestions } from './questions.ts'
import { readRecording } from './recording.ts'

const recording = readRecording()
const modules = [accessMigrations, eventsMigrations, trackingMigrations, registryMigrations]

/** How many questions that nobody has recorded are asked of a real MLflow store in this very run. */
const FRESH = Number(process.env.ORRERY_COMPAT_FRESH ?? 300)
const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

eachEngine('searches agree with MLflow', modules, (open) => {
  let db: Database
  let ask: (question: Question) => Promise<Answer>

  before(async () => {
    db = await open()
    ask = await openCorpus(db, recording.corpus)
  })
  after(() => db.close())

  test(`on the ${recording.questions.length} questions recorded from MLflow ${recording.mlflow}`, async () => {
    await compare(recording.questions, recording.answers, ask)
  })

  test('and every listed deviation still differs', async () => {
    for (const deviation of deviations) {
      const at = recording.questions.findIndex((question) => same(question, deviation.example))
      assert.ok(at >= 0, `not recorded, run npm run compat:record: ${JSON.stringify(deviation.example)}`)
      const [theirs, ours] = [recording.answers[at]!, await ask(deviation.example)]
      assert.ok(!agree(theirs, ours), `no longer differs: ${deviation.what}: ${JSON.stringify(ours)}`)
      assert.ok(explains(deviation, deviation.example, theirs, ours), `is not so: ${deviation.what}`)
    }
  })

  test(`on ${FRESH} fresh questions, asked of a real MLflow store now`, needsPython(), async () => {
    const questions = makeQuestions(recording.corpus, seed, FRESH)
    const { answers } = await freshAnswers(questions)
    await compare(questions, answers, ask, `ORRERY_TEST_SEED=${seed}`)
  })
})

async function openCorpus(db: Database, corpus: Corpus) {
  const clock = () => 0
  const ids = countingIds()
  const emit = makeEmit({ clock, ids })
  const tracking: Tracking = makeTracking({
    db,
    emit,
    clock,
    ids,
    wakeRemovals: () => {},
    ownership: NOTHING_OWNED,
    meter: NOTHING_METERED,
  })
  const workspace = await db.inTx((tx) => makeAccess({ db, clock }).ensureWorkspace(tx, 'default'))
  await loadCorpus(db, workspace.key, corpus)
  const caller: Caller = localOwner(workspace, { requestId: 'compat', address: '' })
  return askOrrery(tracking.search, makeRegistrySearch({ db }), caller, corpus)
}

/** A machine without Python may say so; a test run that never asked MLflow must not look as if it had. */
function needsPython(): { skip: string | false } {
  return { skip: process.env.ORRERY_SKIP_PYTHON === '1' ? 'ORRERY_SKIP_PYTHON=1' : false }
}

let asked: ReturnType<typeof askMlflow> | undefined

/** Both engines share one asking of MLflow: the corpus is the same. */
function freshAnswers(questions: readonly Question[]) {
  asked ??= ensurePython().then((python) => askMlflow(python, recording.corpus, questions))
  return asked
}

const AT_ONCE = 8

async function compare(
  questions: readonly Question[],
  answers: readonly Answer[],
  ask: (question: Question) => Promise<Answer>,
  again = '',
): Promise<void> {
  const differences: string[] = []
  // A few at a time, so that all reader threads have work.
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    const some = questions.slice(from, from + AT_ONCE)
    const ours = await Promise.all(some.map(ask))
    for (const [at, question] of some.entries()) {
      const theirs = answers[from + at]!
      const mine = ours[at]!
      if (agree(theirs, mine)) continue
      if (deviations.some((deviation) => explains(deviation, question, theirs, mine))) continue
      differences.push(JSON.stringify({ question, theirs, ours: mine }))
    }
  }
  const shown = differences.slice(0, 10).join('\n')
  assert.equal(
    differences.length,
    0,
    `${differences.length} of ${questions.length} differ ${again}\n${shown}`,
  )
}

function explains(deviation: Deviation, question: Question, theirs: Answer, ours: Answer): boolean {
  const same = question.of === deviation.example.of && deviation.covers(question)
  return same && outcomeOf(theirs) === deviation.mlflow && outcomeOf(ours) === deviation.ours
}

function outcomeOf(answer: Answer): Outcome {
  if (!isRefusal(answer)) return 'answers'
  return answer.error === 'INVALID_PARAMETER_VALUE' ? 'refuses' : 'fails'
}

/** A refusal is the same refusal by its code. Where MLflow falls over (a 500), any refusal of ours is better. */
function agree(theirs: Answer, ours: Answer): boolean {
  if (isRefusal(theirs) && isRefusal(ours)) {
    return theirs.error === ours.error || outcomeOf(theirs) === 'fails'
  }
  return same(theirs, ours)
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

import { deviations } from '../deviations/search.ts'
import { askMlflow, ensurePython } from './ask-mlflow.ts'
import { makeCorpus } from './corpus.ts'
import { makeQuestions } from './questions.ts'
import { writeRecording } from './recording.ts'

const QUESTIONS = 6_000
const SEED = 1

const corpus = makeCorpus()
const questions = [...deviations.map(({ example }) => example), ...makeQuestions(corpus, SEED, QUESTIONS)]
const { mlflow, answers } = await askMlflow(await ensurePython(), corpus, questions)
const bytes = writeRecording({ mlflow, corpus, questions, answers })
const refused = answers.filter((answer) => 'error' in answer).length
console.log(`${questions.length} answers of MLflow ${mlflow}, ${refused} of them refusals, in ${bytes} bytes`)

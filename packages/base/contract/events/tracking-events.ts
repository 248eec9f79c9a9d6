import { rowsFor } from './event-row.ts'

const RUN = 'runs/{run_id}'
const EXPERIMENT = 'experiments/{experiment_id}'
const LOGGED_MODEL = 'logged-models/{model_id}'

const ending = (status: string) => ({
  subject: RUN,
  before: { status: 'RUNNING', endTime: null, name: 'bold-ant-7' },
  after: { status, endTime: 1795294800000, name: 'bold-ant-7', experimentId: '12' },
})

/** Experiments, runs, logged models and artifacts. */
export const trackingEvents = rowsFor('experiment', {
  'experiment.created': {
    when: 'an experiment was made; `artifactLocation` where one was given',
    subject: EXPERIMENT,
    after: { name: 'churn' },
    sometimes: { artifactLocation: 's3://models/churn' },
  },
  'experiment.renamed': {
    when: 'an experiment got another name',
    subject: EXPERIMENT,
    before: { name: 'churn' },
    after: { name: 'churn-2026' },
  },
  'experiment.tag-set': {
    when: 'a tag of an experiment was set',
    subject: EXPERIMENT,
    after: { tags: { team: 'risk' } },
  },
  'experiment.tag-deleted': {
    when: 'a tag of an experiment was deleted',
    subject: EXPERIMENT,
    before: { key: 'team' },
  },
  'experiment.deleted': { when: 'an experiment was deleted; it can be restored', subject: EXPERIMENT },
  'experiment.restored': { when: 'a deleted experiment was restored', subject: EXPERIMENT },
  'experiment.removed': {
    when: 'an experiment was removed for good',
    subject: EXPERIMENT,
    before: { name: 'churn' },
  },
  'run.created': {
    when: 'a run was started',
    subject: RUN,
    after: { experimentId: '12', name: 'bold-ant-7' },
  },
  'run.updated': {
    when: 'name or status of a run changed, other than by its end',
    subject: RUN,
    before: { status: 'RUNNING', endTime: null, name: 'bold-ant-7' },
    after: { status: 'RUNNING', endTime: null, name: 'baseline', experimentId: '12' },
  },
  'run.completed': { when: 'a run ended well (FINISHED)', ...ending('FINISHED') },
  'run.failed': { when: 'a run failed', ...ending('FAILED') },
  'run.killed': { when: 'a run was killed', ...ending('KILLED') },
  'run.batch-logged': {
    when: 'params or tags were logged in a batch; points are data and not told',
    subject: RUN,
    after: { params: { depth: '6' }, tags: { phase: 'final' } },
  },
  'run.params-logged': { when: 'a param was logged', subject: RUN, after: { params: { depth: '6' } } },
  'run.tags-set': { when: 'a tag of a run was set', subject: RUN, after: { tags: { phase: 'final' } } },
  'run.tag-deleted': { when: 'a tag of a run was deleted', subject: RUN, before: { key: 'phase' } },
  'run.inputs-logged': {
    when: 'a run named datasets or models that it reads',
    subject: RUN,
    after: {
      datasets: [{ name: 'customers', digest: '3b1a2c' }],
      models: ['m-0123456789abcdef0123456789abcdef'],
    },
  },
  'run.outputs-logged': {
    when: 'a run named models that it made',
    subject: RUN,
    after: { models: [{ modelId: 'm-0123456789abcdef0123456789abcdef', step: 0 }] },
  },
  'run.model-recorded': {
    when: 'a model was recorded in a run in MLflow’s older way',
    subject: RUN,
    after: { artifactPath: 'model' },
  },
  'run.metric-removed': {
    when: 'all points of a metric were removed for good',
    subject: RUN,
    before: { key: 'loss' },
  },
  'run.moved': {
    when: 'a run was moved to another experiment',
    subject: RUN,
    before: { experimentId: '12' },
    after: { experimentId: '14' },
  },
  'run.deleted': { when: 'a run was deleted; it can be restored', subject: RUN },
  'run.restored': { when: 'a deleted run was restored', subject: RUN },
  'run.removed': {
    when: 'a run was removed for good',
    subject: RUN,
    before: { name: 'bold-ant-7', experimentId: '12' },
  },
  'logged-model.created': {
    when: 'a logged model was begun',
    subject: LOGGED_MODEL,
    after: { experimentId: '12', name: 'classifier', sourceRunId: '0123456789abcdef0123456789abcdef' },
  },
  'logged-model.finalized': {
    when: 'a logged model is ready, or its making failed',
    subject: LOGGED_MODEL,
    before: { status: 'PENDING' },
    after: { status: 'READY' },
  },
  'logged-model.params-logged': {
    when: 'params of a logged model were logged',
    subject: LOGGED_MODEL,
    after: { params: { depth: '6' } },
  },
  'logged-model.tags-set': {
    when: 'tags of a logged model were set',
    subject: LOGGED_MODEL,
    after: { tags: { phase: 'final' } },
  },
  'logged-model.tag-deleted': {
    when: 'a tag of a logged model was deleted',
    subject: LOGGED_MODEL,
    before: { key: 'phase' },
  },
  'logged-model.deleted': { when: 'a logged model was deleted', subject: LOGGED_MODEL },
  'logged-model.removed': {
    when: 'a logged model was removed for good',
    subject: LOGGED_MODEL,
    before: { name: 'classifier', experimentId: '12' },
  },
  'artifact.written': {
    when: 'a file was written or replaced; those of registered versions are told to readers of the audit log only',
    subject: '{owner}/artifacts/{path}',
    after: { size: 5120, sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
  },
  'artifact.deleted': {
    when: 'a file or folder was deleted',
    subject: '{owner}/artifacts/{path}',
    before: { files: 3, bytes: 15360 },
  },
})

import { mlflow } from '../declaration.ts'
import { list, maybe, message, nothing, text } from '../fields.ts'
import { DatasetInput, ModelInput, ModelOutput } from './entities.ts'

/** A profile alone may have 16 million characters. */
const INPUTS_LIMIT_BYTES = 64 * 1024 * 1024

const DatasetSummary = message({
  experiment_id: text(),
  name: text(),
  digest: text(),
  context: maybe(text('What it was used for: the tag `mlflow.data.context`.')),
})

const searchDatasets = mlflow({
  name: 'datasets.search',
  method: 'POST',
  path: 'experiments/search-datasets',
  needs: 'run.read',
  takes: message({ experiment_ids: maybe(list(text(), '1 to 20.')) }),
  gives: message({ dataset_summaries: maybe(list(DatasetSummary)) }),
  summary: 'The datasets that runs of these experiments used, at most 1,000.',
})

export const inputRoutes = {
  logInputs: mlflow({
    name: 'runs.logInputs',
    method: 'POST',
    path: 'runs/log-inputs',
    needs: 'run.write',
    ofRun: true,
    takes: message({
      run_id: text(),
      datasets: maybe(list(DatasetInput)),
      models: maybe(list(ModelInput)),
    }),
    gives: nothing,
    bodyLimitBytes: INPUTS_LIMIT_BYTES,
    summary: 'Notes which datasets and models a run used.',
  }),
  logOutputs: mlflow({
    name: 'runs.logOutputs',
    method: 'POST',
    path: 'runs/outputs',
    needs: 'run.write',
    ofRun: true,
    takes: message({ run_id: text(), models: list(ModelOutput) }),
    gives: nothing,
    summary: 'Notes which logged models a run made, and at which step.',
  }),
  recordModel: mlflow({
    name: 'runs.logModel',
    method: 'POST',
    path: 'runs/log-model',
    needs: 'run.write',
    ofRun: true,
    takes: message({ run_id: text(), model_json: text('The MLmodel file as JSON.') }),
    gives: nothing,
    summary: 'Adds a model to the tag mlflow.log-model.history, as clients before 3.0 do.',
  }),
  searchDatasets: {
    ...searchDatasets,
    twins: [
      ...searchDatasets.twins,
      // MLflow's own table of routes has this call without the slash, and clients are made from that table.
      { method: 'POST', path: '/api/2.0mlflow/experiments/search-datasets' },
      { method: 'POST', path: '/ajax-api/2.0mlflow/experiments/search-datasets' },
    ],
  } as typeof searchDatasets,
}

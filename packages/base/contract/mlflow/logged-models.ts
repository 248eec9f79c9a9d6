import { LARGE_JSON_LIMIT_BYTES, mlflow } from '../declaration.ts'
import { flag, int32, int64, list, maybe, message, nothing, protoEnum, text } from '../fields.ts'
import { KeyValue, Metric } from './entities.ts'

const LoggedModelStatus = protoEnum({
  LOGGED_MODEL_STATUS_UNSPECIFIED: 0,
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
})

const LoggedModelInfo = message({
  model_id: text(),
  experiment_id: text(),
  name: text(),
  creation_timestamp_ms: int64('Milliseconds since the epoch.'),
  last_updated_timestamp_ms: int64('Milliseconds since the epoch.'),
  artifact_uri: text(),
  status: LoggedModelStatus,
  model_type: text('Empty if not given.'),
  source_run_id: text('Empty if not given.'),
  status_message: maybe(text()),
  tags: maybe(list(KeyValue)),
})

const LoggedModelData = message({ params: maybe(list(KeyValue)), metrics: maybe(list(Metric)) })

export const LoggedModel = message({ info: LoggedModelInfo, data: LoggedModelData })

const ById = message({ model_id: text() })
const OneModel = message({ model: LoggedModel })

const DatasetFilter = message({
  dataset_name: text(),
  dataset_digest: maybe(text('Any digest if not given.')),
})

const OrderBy = message({
  field_name: text('An attribute, or `metrics.<key>`.'),
  ascending: maybe(flag('true if not given.')),
  dataset_name: maybe(text('Only with a metric: its values on this dataset.')),
  dataset_digest: maybe(text()),
})

export const loggedModelRoutes = {
  createLoggedModel: mlflow({
    name: 'loggedModels.create',
    method: 'POST',
    path: 'logged-models',
    needs: 'run.write',
    ofRun: true,
    takes: message({
      experiment_id: text(),
      name: maybe(text('Made up if not given. Without / : . % " and \'.')),
      model_type: maybe(text()),
      source_run_id: maybe(text('The run that made it.')),
      params: maybe(list(KeyValue)),
      tags: maybe(list(KeyValue)),
    }),
    bodyLimitBytes: LARGE_JSON_LIMIT_BYTES,
    gives: OneModel,
    summary: 'Creates a logged model, whose files are uploaded afterwards.',
  }),
  searchLoggedModels: mlflow({
    name: 'loggedModels.search',
    method: 'POST',
    path: 'logged-models/search',
    needs: 'run.read',
    takes: message({
      experiment_ids: list(text()),
      filter: maybe(text()),
      datasets: maybe(
        list(DatasetFilter, 'Metrics in the filter count only where measured on one of these.'),
      ),
      max_results: maybe(int32('50 if not given.')),
      order_by: maybe(list(OrderBy)),
      page_token: maybe(text()),
    }),
    gives: message({ models: maybe(list(LoggedModel)), next_page_token: maybe(text()) }),
    summary: 'Finds logged models by filter, datasets and order.',
  }),
  getLoggedModel: mlflow({
    name: 'loggedModels.get',
    method: 'GET',
    path: 'logged-models/{model_id}',
    needs: 'run.read',
    ofRun: true,
    takes: message({ model_id: text(), allow_deleted: maybe(flag('Shows a deleted one too.')) }),
    gives: OneModel,
    summary: 'Shows a logged model with its params, tags and metrics.',
  }),
  finalizeLoggedModel: mlflow({
    name: 'loggedModels.finalize',
    method: 'PATCH',
    path: 'logged-models/{model_id}',
    needs: 'run.write',
    ofRun: true,
    takes: message({ model_id: text(), status: LoggedModelStatus }),
    gives: OneModel,
    summary: 'Says how the upload of a logged model ended.',
  }),
  deleteLoggedModel: mlflow({
    name: 'loggedModels.delete',
    method: 'DELETE',
    path: 'logged-models/{model_id}',
    needs: 'run.delete',
    takes: ById,
    gives: nothing,
    summary: 'Puts a logged model aside.',
  }),
  logLoggedModelParams: mlflow({
    name: 'loggedModels.logParams',
    method: 'POST',
    path: 'logged-models/{model_id}/params',
    needs: 'run.write',
    ofRun: true,
    takes: message({ model_id: text(), params: maybe(list(KeyValue)) }),
    bodyLimitBytes: LARGE_JSON_LIMIT_BYTES,
    gives: nothing,
    summary: 'Adds params to a logged model; a param can never be changed.',
  }),
  setLoggedModelTags: mlflow({
    name: 'loggedModels.setTags',
    method: 'PATCH',
    path: 'logged-models/{model_id}/tags',
    needs: 'run.write',
    ofRun: true,
    takes: message({ model_id: text(), tags: maybe(list(KeyValue)) }),
    gives: nothing,
    summary: 'Sets tags of a logged model.',
  }),
  deleteLoggedModelTag: mlflow({
    name: 'loggedModels.deleteTag',
    method: 'DELETE',
    path: 'logged-models/{model_id}/tags/{tag_key}',
    needs: 'run.write',
    ofRun: true,
    takes: message({ model_id: text(), tag_key: text() }),
    gives: nothing,
    summary: 'Removes a tag of a logged model.',
  }),
}

import { double, flag, int64, list, maybe, message, protoEnum, text } from '../fields.ts'

/* MLflow's messages, field by field in the order of its protobuf files. */

export const KeyValue = message({ key: maybe(text()), value: maybe(text()) })

export const ViewType = protoEnum({ ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 })

export const RunStatus = protoEnum({ RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 })

export const Experiment = message({
  experiment_id: text(),
  name: text(),
  artifact_location: text(),
  lifecycle_stage: text('"active" or "deleted".'),
  last_update_time: int64('Milliseconds since the epoch.'),
  creation_time: int64('Milliseconds since the epoch.'),
  tags: maybe(list(KeyValue)),
  workspace: text(),
})

export const Metric = message({
  key: maybe(text()),
  value: maybe(double()),
  timestamp: maybe(int64('Milliseconds since the epoch.')),
  step: maybe(int64()),
  dataset_name: maybe(text()),
  dataset_digest: maybe(text()),
  model_id: maybe(text()),
  run_id: maybe(text()),
})

export const RunInfo = message({
  run_uuid: text('The same as run_id, under its old name.'),
  experiment_id: text(),
  run_name: maybe(text()),
  user_id: maybe(text()),
  status: RunStatus,
  start_time: maybe(int64('Milliseconds since the epoch.')),
  end_time: maybe(int64('Milliseconds since the epoch.')),
  artifact_uri: text(),
  lifecycle_stage: text('"active" or "deleted".'),
  run_id: text(),
})

const RunData = message({
  metrics: maybe(list(Metric)),
  params: maybe(list(KeyValue)),
  tags: maybe(list(KeyValue)),
})

export const Dataset = message({
  name: maybe(text()),
  digest: maybe(text()),
  source_type: maybe(text()),
  source: maybe(text()),
  schema: maybe(text()),
  profile: maybe(text()),
})

export const DatasetInput = message({ tags: maybe(list(KeyValue)), dataset: maybe(Dataset) })
export const ModelInput = message({ model_id: maybe(text()) })
export const ModelOutput = message({ model_id: maybe(text()), step: maybe(int64()) })

const RunInputs = message({
  dataset_inputs: maybe(list(DatasetInput)),
  model_inputs: maybe(list(ModelInput)),
})

const RunOutputs = message({ model_outputs: maybe(list(ModelOutput)) })

export const Run = message({
  info: RunInfo,
  data: RunData,
  inputs: maybe(RunInputs),
  outputs: maybe(RunOutputs),
})

export const FileInfo = message({ path: text(), is_dir: flag(), file_size: maybe(int64('Bytes.')) })

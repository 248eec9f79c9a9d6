/** MLflow's limits for datasets and their tags, in Unicode characters. Source: mlflow 3.17.2, utils/validation.py. */
export const INPUT_LIMITS = {
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
  tagKey: 255,
  tagValue: 500,
} as const

import type { NewVersionFacts } from '../registration/insert-version.ts'
import type { RegistryTables } from '../registry-tables.ts'

export type PlainRow = Omit<
  RegistryTables['model_versions'],
  'version_key' | 'workspace_key' | 'model_key' | 'version'
>

/** The row of a version of which a test says only what matters to it. */
export const PLAIN_ROW: PlainRow = {
  stage: 'None',
  description: null,
  user_id: 'ada',
  source: 's3://bucket/model',
  storage_location: 's3://bucket/model',
  content_path: null,
  run_id: '',
  run_link: '',
  model_id: '',
  source_version_key: null,
  folder_id: null,
  status: 'READY',
  status_message: null,
  type: 'custom_model',
  runs_code: 0,
  manifest: 'outside',
  manifest_digest: null,
  manifest_files: 0,
  manifest_bytes: 0,
  created_at: 1,
  updated_at: 1,
}

/** The same before it is inserted. */
export const PLAIN_FACTS: NewVersionFacts = {
  description: null,
  source: 's3://bucket/model',
  storageLocation: 's3://bucket/model',
  contentPath: null,
  runId: '',
  runLink: '',
  modelId: '',
  folderId: null,
  sourceVersionKey: null,
  content: {
    type: 'custom_model',
    runsCode: true,
    manifest: { state: 'outside', digest: null, files: 0, bytes: 0 },
    files: [],
    summary: null,
  },
  tags: new Map(),
}

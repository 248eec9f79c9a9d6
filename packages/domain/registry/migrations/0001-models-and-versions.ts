import type { Migration } from '@orrery/drivers/db'

/*
 * A version's number comes from its model's `last_version`, which only grows: a number never comes twice, also not
 * after the version was deleted. A model that is deleted and made anew is another model and begins at 1, as in MLflow.
 *
 * Rows of a deleted model or version go in slices (`registry_removals`). Until they are gone they are nobody's: every
 * question about versions starts at, or joins, `registered_models`.
 *
 * `version_tags_by_value` holds the beginning of values only. Prompts keep their text in a tag of up to 100,000
 * characters, and PostgreSQL refuses index entries of more than 2,704 bytes.
 *
 * `version_folders` names the files that belong to the registry itself: those of imported versions. A folder is
 * claimed before its first file is written, so that what a killed import left can be found and removed.
 */
export const modelsAndVersions: Migration = {
  number: 1,
  name: 'models and versions',
  up: (t) => [
    `CREATE TABLE registered_models (
      model_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      name ${t.text} NOT NULL,
      kind ${t.text} NOT NULL,
      description ${t.text},
      last_version ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      UNIQUE (workspace_key, name)
    )${t.plain}`,
    `CREATE INDEX registered_models_by_name ON registered_models (workspace_key, kind, name)`,
    `CREATE INDEX registered_models_by_update ON registered_models (workspace_key, kind, updated_at, name)`,
    `CREATE TABLE registered_model_tags (
      model_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (model_key, key)
    )${t.clustered}`,
    `CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key, substr(value, 1, 100), model_key)`,
    `CREATE TABLE model_versions (
      version_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      model_key ${t.int} NOT NULL,
      version ${t.int} NOT NULL,
      stage ${t.text} NOT NULL,
      description ${t.text},
      user_id ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      storage_location ${t.text} NOT NULL,
      content_path ${t.text},
      run_id ${t.text} NOT NULL,
      run_link ${t.text} NOT NULL,
      model_id ${t.text} NOT NULL,
      source_version_key ${t.int},
      folder_id ${t.text},
      status ${t.text} NOT NULL,
      status_message ${t.text},
      type ${t.text} NOT NULL,
      runs_code ${t.int} NOT NULL,
      manifest ${t.text} NOT NULL,
      manifest_digest ${t.text},
      manifest_files ${t.int} NOT NULL,
      manifest_bytes ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      UNIQUE (model_key, version)
    )${t.plain}`,
    `CREATE INDEX model_versions_by_stage ON model_versions (model_key, stage, version)`,
    `CREATE INDEX model_versions_by_run ON model_versions (workspace_key, run_id, version_key)`,
    `CREATE INDEX model_versions_by_model_id ON model_versions (workspace_key, model_id, version_key)`,
    `CREATE INDEX model_versions_by_update ON model_versions (workspace_key, updated_at, version_key)`,
    `CREATE INDEX model_versions_by_creation ON model_versions (workspace_key, created_at, version_key)`,
    `CREATE INDEX model_versions_by_source ON model_versions (source_version_key)
      WHERE source_version_key IS NOT NULL`,
    `CREATE INDEX model_versions_by_digest ON model_versions (workspace_key, manifest_digest)
      WHERE manifest_digest IS NOT NULL`,
    `CREATE INDEX model_versions_by_folder ON model_versions (folder_id) WHERE folder_id IS NOT NULL`,
    `CREATE TABLE version_tags (
      version_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (version_key, key)
    )${t.clustered}`,
    `CREATE INDEX version_tags_by_value ON version_tags (key, substr(value, 1, 100), version_key)`,
    `CREATE TABLE model_aliases (
      model_key ${t.int} NOT NULL,
      alias ${t.text} NOT NULL,
      version ${t.int} NOT NULL,
      PRIMARY KEY (model_key, alias)
    )${t.clustered}`,
    `CREATE TABLE version_summaries (
      version_key ${t.int} NOT NULL,
      summary ${t.text} NOT NULL,
      PRIMARY KEY (version_key)
    )${t.clustered}`,
    `CREATE TABLE version_files (
      version_key ${t.int} NOT NULL,
      path ${t.text} NOT NULL,
      size ${t.int} NOT NULL,
      sha256 ${t.text} NOT NULL,
      PRIMARY KEY (version_key, path)
    )${t.clustered}`,
    `CREATE TABLE version_advice (
      version_key ${t.int} NOT NULL,
      scanner ${t.text} NOT NULL,
      scanner_version ${t.text} NOT NULL,
      manifest_digest ${t.text} NOT NULL,
      verdict ${t.text} NOT NULL,
      findings ${t.text} NOT NULL,
      reported_by ${t.text} NOT NULL,
      reported_at ${t.int} NOT NULL,
      PRIMARY KEY (version_key, scanner)
    )${t.clustered}`,
    `CREATE TABLE version_folders (
      folder_id ${t.text} NOT NULL,
      workspace_key ${t.int} NOT NULL,
      version_key ${t.int},
      claimed_at ${t.int} NOT NULL,
      PRIMARY KEY (folder_id)
    )${t.clustered}`,
    `CREATE TABLE registry_removals (
      removal_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      kind ${t.text} NOT NULL,
      target ${t.int},
      folder_id ${t.text}
    )${t.plain}`,
  ],
}

import type { Migration } from '@orrery/drivers/db'

/*
 * What the artifact store holds, for quotas and manifests. The store is the truth: a row is written after its file
 * is whole, and all of them can be rebuilt by a scan. `root` is the owner's part of the store key, without the
 * workspace (`3/<run id>/artifacts`), `path` the rest. `sha256` is empty where the store did not tell it.
 */
export const artifactFiles: Migration = {
  number: 4,
  name: 'artifact files',
  up: (t) => [
    `CREATE TABLE artifact_files (
      workspace_key ${t.int} NOT NULL,
      root ${t.text} NOT NULL,
      path ${t.text} NOT NULL,
      size ${t.int} NOT NULL,
      sha256 ${t.text},
      etag ${t.text} NOT NULL,
      written_at ${t.int} NOT NULL,
      PRIMARY KEY (workspace_key, root, path)
    )${t.clustered}`,
  ],
}

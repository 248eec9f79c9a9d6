import { LARGE_JSON_LIMIT_BYTES, orrery, raw } from '../declaration.ts'
import { double, flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'
import { KeyValue } from '../mlflow/entities.ts'

const VersionType = word(['mlflow_model', 'custom_model'])
const Verdict = word(['clean', 'suspicious', 'dangerous', 'failed'])

const Version = { name: text(), version: text('A number, as text.') }
const VersionRef = message(Version)

const Manifest = message({
  state: word(
    ['complete', 'outside', 'empty', 'too-many'],
    'outside: in a store that the server does not open. too-many: more than 20,000 files.',
  ),
  digest: maybe(text('SHA-256 over the manifest, lower-case hex; only if complete.')),
  files: int64(),
  bytes: int64('Of all files together.'),
})
const ManifestFile = message({
  path: text('Relative to the folder of the version.'),
  size: int64('Bytes.'),
  sha256: text('Lower-case hex.'),
})

const Signature = message({
  inputs: maybe(text('A JSON list, as MLflow writes it.')),
  outputs: maybe(text('A JSON list, as MLflow writes it.')),
  params: maybe(text('A JSON list, as MLflow writes it.')),
})

const Summary = message({
  flavors: list(message({ name: text(), version: maybe(text()), loader_module: maybe(text()) })),
  signature: maybe(Signature),
  input_example: maybe(text('Path of the file.')),
  requirements: list(text(), 'Lines of requirements.txt.'),
  python_version: maybe(text()),
  mlflow_version: maybe(text()),
  model_uuid: maybe(text()),
  stated_bytes: maybe(int64('As MLmodel says.')),
  code_reasons: list(text(), 'Why loading the version runs code of its author.'),
  warnings: list(text(), 'What of MLmodel could not be understood.'),
})

const VersionDetails = message({
  ...Version,
  stage: text(),
  description: maybe(text()),
  user_id: text('Who registered it.'),
  source: text(),
  run_id: text('Empty if there is none.'),
  model_id: text('The logged model; empty if there is none.'),
  status: text(),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  last_updated_timestamp: int64('Milliseconds since the epoch.'),
  tags: list(KeyValue),
  aliases: list(text()),
  type: VersionType,
  runs_code: flag('Loading it runs code that its author wrote.'),
  manifest: Manifest,
  summary: maybe(Summary),
})

const Finding = message({ path: text(), message: text() })
const Advice = message({
  scanner: text(),
  scanner_version: text(),
  manifest_digest: text('Of the manifest that was scanned.'),
  verdict: Verdict,
  findings: list(Finding),
  reported_by: text(),
  reported_at: int64('Milliseconds since the epoch.'),
})

const TextDifference = message({ name: text(), left: maybe(text()), right: maybe(text()) })
const NumberDifference = message({ name: text(), left: maybe(double()), right: maybe(double()) })
const VersionNumber = message({ name: text(), version: text() })

const OF_VERSION = 'registry/models/{name}/versions/{version}'

/** What MLflow's registry has no call for. */
export const registryExtraRoutes = {
  registerPath: orrery({
    name: 'registry.registerPath',
    method: 'POST',
    path: 'registry/register',
    needs: 'model.write',
    ofRun: true,
    takes: message({
      name: text('The model; made if there is none.'),
      run_id: maybe(text('Whose path it is: this or model_id.')),
      model_id: maybe(text('A logged model: this or run_id.')),
      path: maybe(text('Below the artifacts of the run or logged model; a logged model needs none.')),
      type: maybe(VersionType),
      tags: maybe(list(KeyValue)),
      description: maybe(text()),
    }),
    bodyLimitBytes: LARGE_JSON_LIMIT_BYTES,
    gives: VersionDetails,
    summary: 'Registers a folder or file of a run, or a logged model, as the next version of a model.',
  }),
  describeVersion: orrery({
    name: 'registry.describeVersion',
    method: 'GET',
    path: OF_VERSION,
    needs: 'model.read',
    takes: VersionRef,
    gives: VersionDetails,
    summary: 'Shows a version with its type, its manifest and what MLmodel says.',
  }),
  listManifest: orrery({
    name: 'registry.listManifest',
    method: 'GET',
    path: `${OF_VERSION}/manifest`,
    needs: 'model.read',
    takes: message({ ...Version, page_token: maybe(text()) }),
    gives: message({ manifest: Manifest, files: list(ManifestFile), next_page_token: maybe(text()) }),
    summary: 'Lists the files of a version as they were registered, 1,000 at a time.',
  }),
  checkManifest: orrery({
    name: 'registry.checkManifest',
    method: 'POST',
    path: `${OF_VERSION}/manifest/check`,
    needs: 'model.read',
    takes: message({
      ...Version,
      deep: maybe(flag('Reads every byte in the store, not only the records. false if not given.')),
    }),
    gives: message({
      manifest: Manifest,
      deep: flag(),
      missing: list(text()),
      changed: list(text()),
      added: list(text()),
    }),
    summary: 'Compares the files of a version with its manifest.',
  }),
  whereUsed: orrery({
    name: 'registry.whereUsed',
    method: 'GET',
    path: `${OF_VERSION}/used`,
    needs: 'model.read',
    takes: VersionRef,
    gives: message({
      aliases: list(text()),
      copies: list(VersionNumber),
      siblings: list(VersionNumber, 'Other versions with the same digest of the manifest.'),
      source_run: maybe(message({ run_id: text(), experiment_id: text() })),
      consuming_runs: list(text(), 'Runs with the logged model as their input.'),
    }),
    summary: 'Says who and what hangs on a version.',
  }),
  getAdvice: orrery({
    name: 'registry.getAdvice',
    method: 'GET',
    path: `${OF_VERSION}/advice`,
    needs: 'model.read',
    takes: VersionRef,
    gives: message({ advice: list(Advice) }),
    summary: 'Shows what scanners said of a version.',
  }),
  setAdvice: orrery({
    name: 'registry.setAdvice',
    method: 'POST',
    path: `${OF_VERSION}/advice`,
    needs: 'model.write',
    takes: message({
      ...Version,
      scanner: text('Its name; one advice is kept of each.'),
      scanner_version: text(),
      manifest_digest: text('Of the manifest that was scanned.'),
      verdict: Verdict,
      findings: maybe(list(Finding, 'At most 1,000.')),
    }),
    gives: nothing,
    summary: 'Keeps what a scanner said of a version. It is shown and never relied on.',
  }),
  compare: orrery({
    name: 'registry.compare',
    method: 'POST',
    path: 'registry/compare',
    needs: 'model.read',
    takes: message({ left: VersionRef, right: VersionRef }),
    gives: message({
      left: VersionDetails,
      right: VersionDetails,
      metrics: list(NumberDifference),
      params: list(TextDifference),
      tags: list(TextDifference),
      requirements: list(TextDifference),
      signature: message({ left: maybe(Signature), right: maybe(Signature), same: flag() }),
      files: list(TextDifference, 'SHA-256 of files that differ or that one side does not have.'),
    }),
    summary: 'Shows two versions side by side: metrics, params, tags, requirements, signature and files.',
  }),
  exportModel: raw({
    name: 'registry.exportModel',
    method: 'GET',
    path: '/api/orrery/v1/registry/models/{name}/archive',
    needs: 'model.read',
    takes: message({ name: text() }),
    gives: nothing,
    summary: 'Reads a model with all its versions as one tar archive.',
  }),
  exportVersion: raw({
    name: 'registry.exportVersion',
    method: 'GET',
    path: `/api/orrery/v1/${OF_VERSION}/archive`,
    needs: 'model.read',
    takes: VersionRef,
    gives: nothing,
    summary: 'Reads a version as one tar archive.',
  }),
  // The body is streamed: the verb counts its bytes and entries as they come.
  importArchive: raw({
    name: 'registry.importArchive',
    method: 'POST',
    path: '/api/orrery/v1/registry/import',
    needs: 'model.write',
    takes: message({ name: maybe(text('The name to import it by; the one in the archive if not given.')) }),
    gives: message({
      name: text(),
      created: flag('Whether the model was made.'),
      versions: list(message({ archived: text('Its number in the archive.'), version: text() })),
    }),
    summary: 'Makes versions of a tar archive: all of them or none.',
  }),
}

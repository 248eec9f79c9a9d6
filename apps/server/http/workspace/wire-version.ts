import type { fields, registryExtraRoutes } from '@orrery/base/contract'
import type {
  Difference,
  ManifestHead,
  ModelVersion,
  SignatureSummary,
  VersionSummary,
} from '@orrery/domain/registry'
import type { Given } from '../kit/index.ts'

type WireDetails = Given<fields.Static<typeof registryExtraRoutes.describeVersion.gives>>
type WireSummary = NonNullable<WireDetails['summary']>
type WireSignature = NonNullable<WireSummary['signature']>

/** A version with everything that MLflow's answers leave out. */
export function wireDetails(version: ModelVersion, summary?: VersionSummary | null): WireDetails {
  return {
    name: version.name,
    version: String(version.version),
    stage: version.stage,
    description: version.description ?? undefined,
    user_id: version.userId,
    source: version.source,
    run_id: version.runId,
    model_id: version.modelId,
    status: version.status,
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    tags: version.tags,
    aliases: version.aliases,
    type: version.type,
    runs_code: version.runsCode,
    manifest: wireManifest(version.manifest),
    summary: summary ? wireSummary(summary) : undefined,
  }
}

export function wireManifest({ state, digest, files, bytes }: ManifestHead): WireDetails['manifest'] {
  return { state, digest: digest ?? undefined, files, bytes }
}

function wireSummary(summary: VersionSummary): WireSummary {
  return {
    flavors: summary.flavors.map(({ name, version, loaderModule }) => ({
      name,
      version: version ?? undefined,
      loader_module: loaderModule ?? undefined,
    })),
    signature: wireSignature(summary.signature),
    input_example: summary.inputExample ?? undefined,
    requirements: summary.requirements,
    python_version: summary.pythonVersion ?? undefined,
    mlflow_version: summary.mlflowVersion ?? undefined,
    model_uuid: summary.modelUuid ?? undefined,
    stated_bytes: summary.statedBytes ?? undefined,
    code_reasons: summary.codeReasons,
    warnings: summary.warnings,
  }
}

/** Lists of columns as texts, because their fields are MLflow's to choose. */
export function wireSignature(signature: SignatureSummary | null): WireSignature | undefined {
  if (signature === null) return undefined
  const { inputs, outputs, params } = signature
  return { inputs: asText(inputs), outputs: asText(outputs), params: asText(params) }
}

const asText = (columns: readonly unknown[] | null) =>
  columns === null ? undefined : JSON.stringify(columns)

/** What a side does not have is left out. */
export function wireDifference<Value>({ name, left, right }: Difference<Value>) {
  return { name, left: left ?? undefined, right: right ?? undefined }
}

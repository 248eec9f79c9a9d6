import { registryExtraRoutes } from '@orrery/base/contract'
import type { Registry } from '@orrery/domain/registry'
import { type Bindings, bind } from '../kit/index.ts'
import { entries } from '../mlflow/logged-models.ts'
import { archiveHandlers } from './registry-archives.ts'
import { wireDetails, wireDifference, wireManifest, wireSignature } from './wire-version.ts'

type Extra = Bindings<typeof registryExtraRoutes>

/** What MLflow's registry has no call for: types, manifests, advice, comparison, where used, archives. */
export function bindRegistryExtra(registry: Registry) {
  return bind(registryExtraRoutes, {
    ...describingHandlers(registry),
    ...manifestHandlers(registry),
    ...archiveHandlers(registry),
  })
}

type Describing = 'registerPath' | 'describeVersion' | 'whereUsed' | 'compare'

function describingHandlers({ versions, compare }: Registry): Pick<Extra, Describing> {
  return {
    registerPath: async (caller, input) => {
      const version = await versions.registerPath(caller, {
        name: input.name,
        runId: input.run_id,
        modelId: input.model_id,
        path: input.path,
        type: input.type,
        tags: entries(input.tags),
        description: input.description,
      })
      const made = { name: version.name, version: String(version.version) }
      return wireDetails(version, await versions.summary(caller, made))
    },
    describeVersion: async (caller, input) =>
      wireDetails(await versions.get(caller, input), await versions.summary(caller, input)),
    whereUsed: async (caller, input) => {
      const { aliases, copies, siblings, sourceRun, consumingRuns } = await versions.whereUsed(caller, input)
      return {
        aliases,
        copies: copies.map(wireNumber),
        siblings: siblings.map(wireNumber),
        source_run: sourceRun
          ? { run_id: sourceRun.runId, experiment_id: sourceRun.experimentId }
          : undefined,
        consuming_runs: consumingRuns,
      }
    },
    compare: async (caller, input) => {
      const { left, right, signature, ...lists } = await compare(caller, input)
      return {
        left: wireDetails(left),
        right: wireDetails(right),
        metrics: lists.metrics.map(wireDifference),
        params: lists.params.map(wireDifference),
        tags: lists.tags.map(wireDifference),
        requirements: lists.requirements.map(wireDifference),
        signature: {
          left: wireSignature(signature.left),
          right: wireSignature(signature.right),
          same: signature.same,
        },
        files: lists.files.map(wireDifference),
      }
    },
  }
}

type OfManifest = 'listManifest' | 'checkManifest' | 'getAdvice' | 'setAdvice'

function manifestHandlers({ manifests }: Registry): Pick<Extra, OfManifest> {
  return {
    listManifest: async (caller, { name, version, page_token }) => {
      const page = await manifests.list(caller, { name, version, pageToken: page_token })
      return {
        manifest: wireManifest(page.manifest),
        files: page.files,
        next_page_token: page.nextPageToken,
      }
    },
    checkManifest: async (caller, { name, version, deep = false }) => {
      const { manifest, ...found } = await manifests.check(caller, { name, version, deep })
      return { manifest: wireManifest(manifest), ...found }
    },
    getAdvice: async (caller, input) => {
      const advice = await manifests.advice(caller, input)
      return {
        advice: advice.map((said) => ({
          scanner: said.scanner,
          scanner_version: said.scannerVersion,
          manifest_digest: said.manifestDigest,
          verdict: said.verdict,
          findings: said.findings,
          reported_by: said.reportedBy,
          reported_at: said.reportedAt,
        })),
      }
    },
    setAdvice: async (caller, input) => {
      await manifests.advise(caller, {
        name: input.name,
        version: input.version,
        scanner: input.scanner,
        scannerVersion: input.scanner_version,
        manifestDigest: input.manifest_digest,
        verdict: input.verdict,
        findings: input.findings ?? [],
      })
      return {}
    },
  }
}

const wireNumber = ({ name, version }: { readonly name: string; readonly version: number }) => ({
  name,
  version: String(version),
})

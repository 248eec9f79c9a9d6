import { workspaceExtraRoutes } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import type { Quota, Quotas, WorkspaceDetails, WorkspaceProperties, Workspaces } from '@orrery/domain/access'
import { bind, originOf, type PublicAddress, type ReachedAs } from '../kit/index.ts'
import { keyValues } from '../mlflow/wire-run.ts'

/** What MLflow's endpoints of workspaces do not tell: all properties, what would be lost, quotas. */
export function bindWorkspaceExtra(
  { workspaces, quotas }: { readonly workspaces: Workspaces; readonly quotas: Quotas },
  publicAddress: PublicAddress,
) {
  const addressOf = (name: string, reachedAs: ReachedAs) =>
    publicAddress({ workspace: { name } }, originOf(reachedAs))
  const wire = (workspace: WorkspaceDetails, reachedAs: ReachedAs) => ({
    workspace: wireDetails(workspace, addressOf(workspace.name, reachedAs)),
  })
  return bind(workspaceExtraRoutes, {
    list: async (caller: Caller, _, reachedAs) => ({
      workspaces: (await workspaces.list(caller)).map((each) =>
        wireDetails(each, addressOf(each.name, reachedAs)),
      ),
    }),
    create: async (caller, input, reachedAs) =>
      wire(await workspaces.create(caller, { name: input.name, ...propertiesOf(input) }), reachedAs),
    get: async (caller, { name }, reachedAs) => wire(await workspaces.get(caller, { name }), reachedAs),
    update: async (caller, input, reachedAs) =>
      wire(await workspaces.update(caller, { name: input.name, ...propertiesOf(input) }), reachedAs),
    setArchived: async (caller, input, reachedAs) =>
      wire(await workspaces.setArchived(caller, input), reachedAs),
    losses: async (caller, { name }) => ({ losses: await workspaces.losses(caller, { name }) }),
    delete: async (caller, { name, confirm }) => {
      await workspaces.delete(caller, { name, confirm })
      return {}
    },
    config: async (caller, { name }, reachedAs) => {
      const found = await workspaces.get(caller, { name })
      return {
        subscription_id: found.subscriptionId,
        resource_group: found.resourceGroup,
        workspace_name: found.name,
        mlflow_tracking_uri: addressOf(found.name, reachedAs),
      }
    },
    listQuotas: async (caller) => ({ quotas: (await quotas.list(caller)).map(wireQuota) }),
    setQuota: async (caller, { what, quota = null }) => ({
      quota: wireQuota(await quotas.set(caller, { what, quota })),
    }),
  })
}

type Tags = NonNullable<Parameters<typeof keyValues>[0]>

const tagsOf = (tags: Tags) =>
  Object.fromEntries(keyValues(tags, 'tags').map(({ key, value }) => [key, value]))

function propertiesOf(input: {
  readonly friendly_name?: string
  readonly description?: string
  readonly tags?: Tags
  readonly subscription_id?: string
  readonly resource_group?: string
  readonly location?: string
  readonly default_artifact_root?: string
  readonly max_token_life_ms?: number | null
}): WorkspaceProperties {
  return {
    friendlyName: input.friendly_name,
    description: input.description,
    tags: input.tags === undefined ? undefined : tagsOf(input.tags),
    subscriptionId: input.subscription_id,
    resourceGroup: input.resource_group,
    location: input.location,
    defaultArtifactRoot: input.default_artifact_root,
    maxTokenLifeMs: input.max_token_life_ms,
  }
}

function wireDetails(workspace: WorkspaceDetails, address: string) {
  return {
    id: workspace.id,
    name: workspace.name,
    friendly_name: workspace.friendlyName,
    description: workspace.description,
    tags: Object.entries(workspace.tags).map(([key, value]) => ({ key, value })),
    subscription_id: workspace.subscriptionId,
    resource_group: workspace.resourceGroup,
    location: workspace.location,
    default_artifact_root: workspace.defaultArtifactRoot,
    max_token_life_ms: workspace.maxTokenLifeMs ?? undefined,
    mlflow_tracking_uri: address,
    creation_timestamp: workspace.createdAt,
    created_by: workspace.createdBy,
    last_updated_timestamp: workspace.updatedAt,
    archived_timestamp: workspace.archivedAt ?? undefined,
  }
}

const wireQuota = ({ what, used, quota, state }: Quota) => ({ what, used, quota: quota ?? undefined, state })

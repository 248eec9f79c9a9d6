import { workspaceRoutes } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import type { WorkspaceDetails, Workspaces } from '@orrery/domain/access'
import { bind } from '../kit/index.ts'

/** MLflow's endpoints of workspaces, as `mlflow.create_workspace` and its like call them. */
export function bindWorkspaces(workspaces: Workspaces) {
  return bind(workspaceRoutes, {
    list: async (caller) => ({ workspaces: (await workspaces.list(caller)).map(wireWorkspace) }),
    create: async (caller, input) => ({
      workspace: wireWorkspace(await workspaces.create(caller, { name: input.name, ...settable(input) })),
    }),
    get: async (caller, { workspace_name }) => ({
      workspace: wireWorkspace(await workspaces.get(caller, { name: workspace_name })),
    }),
    update: async (caller, input) => ({
      workspace: wireWorkspace(
        await workspaces.update(caller, { name: input.workspace_name, ...settable(input) }),
      ),
    }),
    delete: async (caller, { workspace_name: name, mode = 'RESTRICT' }) => {
      if (mode === 'SET_DEFAULT') throw notMoved()
      // Its client asks for no second typing of the name: the address has it.
      await workspaces.delete(caller, { name, confirm: mode === 'CASCADE' ? name : { onlyEmpty: true } })
      return {}
    },
  })
}

function settable(input: {
  readonly description?: string
  readonly default_artifact_root?: string
  readonly trace_archival_config?: { readonly location?: string; readonly retention?: string }
}) {
  return {
    description: input.description,
    defaultArtifactRoot: input.default_artifact_root,
    traceArchivalLocation: input.trace_archival_config?.location,
    traceArchivalRetention: input.trace_archival_config?.retention,
  }
}

/** Texts that are not given are left out, as MLflow leaves them out. */
function wireWorkspace(workspace: WorkspaceDetails) {
  const { traceArchivalLocation: location, traceArchivalRetention: retention } = workspace
  return {
    name: workspace.name,
    description: workspace.description || undefined,
    default_artifact_root: workspace.defaultArtifactRoot || undefined,
    trace_archival_config:
      location === '' && retention === ''
        ? undefined
        : { location: location || undefined, retention: retention || undefined },
  }
}

function notMoved(): Problem {
  return new Problem(
    'NOT_IMPLEMENTED',
    'This server does not move what is in a deleted workspace to the default one (mode SET_DEFAULT): the addresses of all artifacts would change.',
    { hint: 'Use RESTRICT for an empty workspace, or CASCADE to delete everything in it.' },
  )
}

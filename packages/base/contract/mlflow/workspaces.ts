import { mlflow } from '../declaration.ts'
import { evenEmpty, list, maybe, message, nothing, text, word } from '../fields.ts'

const TraceArchivalConfig = message({
  location: maybe(text()),
  retention: maybe(text('A number and a unit, such as `30d` or `12h`.')),
})

const Workspace = message({
  name: text(),
  description: maybe(text()),
  default_artifact_root: maybe(text()),
  trace_archival_config: maybe(TraceArchivalConfig),
})

const Name = { workspace_name: text() }
const OneWorkspace = message({ workspace: Workspace })

/** What of a workspace MLflow sets. An empty text takes a value away. */
const Settable = {
  description: maybe(text()),
  default_artifact_root: maybe(text('Where new experiments put their artifacts.')),
  trace_archival_config: maybe(TraceArchivalConfig),
}

/*
 * MLflow's client calls these at the root, without X-MLFLOW-WORKSPACE, whichever workspace it works in. So what may be
 * done is decided by the verb, about the workspace that the path names.
 */
export const workspaceRoutes = {
  list: mlflow({
    name: 'mlflowWorkspaces.list',
    method: 'GET',
    path: 'workspaces',
    major: 3,
    needs: 'signed-in',
    takes: nothing,
    gives: message({ workspaces: evenEmpty(list(Workspace)) }),
    summary: 'Lists the workspaces in which the caller has a role, by name.',
  }),
  create: mlflow({
    name: 'mlflowWorkspaces.create',
    method: 'POST',
    path: 'workspaces',
    major: 3,
    needs: 'signed-in',
    takes: message({ name: text('2 to 63 of a-z, 0-9 and inner hyphens.'), ...Settable }),
    gives: OneWorkspace,
    answers: 201,
    summary: 'Makes a workspace. For administrators.',
  }),
  get: mlflow({
    name: 'mlflowWorkspaces.get',
    method: 'GET',
    path: 'workspaces/{workspace_name}',
    major: 3,
    needs: 'signed-in',
    takes: message(Name),
    gives: OneWorkspace,
    summary: 'Shows a workspace.',
  }),
  update: mlflow({
    name: 'mlflowWorkspaces.update',
    method: 'PATCH',
    path: 'workspaces/{workspace_name}',
    major: 3,
    needs: 'signed-in',
    takes: message({ ...Name, ...Settable }),
    gives: OneWorkspace,
    summary: 'Changes a workspace.',
  }),
  delete: mlflow({
    name: 'mlflowWorkspaces.delete',
    method: 'DELETE',
    path: 'workspaces/{workspace_name}',
    major: 3,
    needs: 'signed-in',
    takes: message({
      ...Name,
      mode: maybe(word(['RESTRICT', 'CASCADE', 'SET_DEFAULT'], 'RESTRICT if not given: only an empty one.')),
    }),
    gives: nothing,
    answers: 204,
    summary: 'Deletes a workspace for good: an empty one, or with CASCADE everything in it.',
  }),
}

import { orrery } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, nullable, text, word } from '../fields.ts'
import { KeyValue } from '../mlflow/entities.ts'

const Metered = word(['runs', 'artifact-bytes', 'tokens', 'webhooks'])

const Properties = {
  friendly_name: maybe(text()),
  description: maybe(text()),
  tags: maybe(list(KeyValue, 'Replaces all tags.')),
  subscription_id: maybe(text('Kept, and nothing depends on it; so are the next two.')),
  resource_group: maybe(text()),
  location: maybe(text()),
  default_artifact_root: maybe(text('Where new experiments put their artifacts; empty: behind this server.')),
  max_token_life_ms: maybe(
    nullable(int64('Longest life of a token, from 1,000 to 31,622,400,000; null: the server’s own limit.')),
  ),
}

/** The properties of the seeds' `get_details()`. */
const Details = message({
  id: text('UUID.'),
  name: text(),
  friendly_name: text(),
  description: text(),
  tags: list(KeyValue),
  subscription_id: text(),
  resource_group: text(),
  location: text(),
  default_artifact_root: text(),
  max_token_life_ms: maybe(int64()),
  mlflow_tracking_uri: text('For `mlflow.set_tracking_uri`.'),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  created_by: text(),
  last_updated_timestamp: int64('Milliseconds since the epoch.'),
  archived_timestamp: maybe(int64('Set: it can be read and not changed.')),
})

const Quota = message({
  what: Metered,
  used: int64(),
  quota: maybe(int64('Left out: no limit.')),
  state: word(['ok', 'near', 'exceeded'], 'near: from 80 %.'),
})

const Name = { name: text() }
const OneWorkspace = message({ workspace: Details })

/** Of the workspace that the path names: the verb decides there, whatever workspace the request is in. */
export const workspaceExtraRoutes = {
  list: orrery({
    name: 'workspaces.list',
    method: 'GET',
    path: 'workspaces',
    needs: 'signed-in',
    takes: nothing,
    gives: message({ workspaces: list(Details) }),
    summary: 'Lists the workspaces in which the caller has a role, by name.',
  }),
  create: orrery({
    name: 'workspaces.create',
    method: 'POST',
    path: 'workspaces',
    needs: 'signed-in',
    takes: message({ ...Name, ...Properties }),
    gives: OneWorkspace,
    answers: 201,
    summary: 'Makes a workspace. For administrators.',
  }),
  get: orrery({
    name: 'workspaces.get',
    method: 'GET',
    path: 'workspaces/{name}',
    needs: 'signed-in',
    takes: message(Name),
    gives: OneWorkspace,
    summary: 'Shows a workspace with all its properties.',
  }),
  update: orrery({
    name: 'workspaces.update',
    method: 'PATCH',
    path: 'workspaces/{name}',
    needs: 'signed-in',
    takes: message({ ...Name, ...Properties }),
    gives: OneWorkspace,
    summary: 'Changes properties of a workspace.',
  }),
  setArchived: orrery({
    name: 'workspaces.setArchived',
    method: 'PUT',
    path: 'workspaces/{name}/archived',
    needs: 'signed-in',
    takes: message({ ...Name, archived: flag() }),
    gives: OneWorkspace,
    summary: 'Keeps a workspace from being changed, or allows it again.',
  }),
  losses: orrery({
    name: 'workspaces.losses',
    method: 'GET',
    path: 'workspaces/{name}/losses',
    needs: 'signed-in',
    takes: message(Name),
    gives: message({
      losses: list(message({ what: text(), count: int64(), bytes: maybe(int64('Of files.')) })),
    }),
    summary: 'Lists what would be lost with a workspace.',
  }),
  delete: orrery({
    name: 'workspaces.delete',
    method: 'DELETE',
    path: 'workspaces/{name}',
    needs: 'signed-in',
    takes: message({ ...Name, confirm: text('The name once more.') }),
    gives: nothing,
    summary: 'Deletes a workspace with everything in it, for good.',
  }),
  config: orrery({
    name: 'workspaces.config',
    method: 'GET',
    path: 'workspaces/{name}/config',
    needs: 'signed-in',
    takes: message(Name),
    gives: message({
      subscription_id: text(),
      resource_group: text(),
      workspace_name: text(),
      mlflow_tracking_uri: text(),
    }),
    summary: 'The config.json of a workspace, for `Workspace.from_config()`.',
  }),
  listQuotas: orrery({
    name: 'quotas.list',
    method: 'GET',
    path: 'quotas',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ quotas: list(Quota) }),
    summary: 'Lists what the workspace uses and may use.',
  }),
  setQuota: orrery({
    name: 'quotas.set',
    method: 'PUT',
    path: 'quotas/{what}',
    needs: 'server.manage',
    takes: message({ what: Metered, quota: maybe(int64('Left out: no limit.')) }),
    gives: message({ quota: Quota }),
    summary: 'Limits what the workspace may use.',
  }),
}

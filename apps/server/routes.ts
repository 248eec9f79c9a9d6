import type { Subscriptions } from '@orrery/domain/events'
import type { Approvals, Audit, Lineage } from '@orrery/domain/governance'
import type { Tracking } from '@orrery/domain/tracking'
import type { BoundRoute, PublicAddress } from './http/kit/index.ts'
import type { ArtifactMeans } from './http/mlflow/artifact-answers.ts'
import { bindArtifacts } from './http/mlflow/artifacts.ts'
import { bindExperiments } from './http/mlflow/experiments.ts'
import { bindInputs } from './http/mlflow/inputs.ts'
import { bindLoggedModels } from './http/mlflow/logged-models.ts'
import { bindMetrics } from './http/mlflow/metrics.ts'
import { bindNotYet } from './http/mlflow/not-yet.ts'
import { bindRegistry } from './http/mlflow/registry.ts'
import type { RegistryMeans } from './http/mlflow/registry-files.ts'
import { bindRoles } from './http/mlflow/roles.ts'
import { bindRuns } from './http/mlflow/runs.ts'
import { bindUsers } from './http/mlflow/users.ts'
import { bindWebhooks } from './http/mlflow/webhooks.ts'
import { bindWorkspaces } from './http/mlflow/workspaces.ts'
import { bindSignIn } from './http/sign-in/bind-sign-in.ts'
import type { SignInMeans } from './http/sign-in/sign-in-means.ts'
import { bindSignOn } from './http/sign-on/bind-sign-on.ts'
import { bindStatus } from './http/system/status-page.ts'
import { bindSystem, type SystemMeans } from './http/system/system.ts'
import { bindAccess } from './http/workspace/access.ts'
import { bindApprovals } from './http/workspace/approvals.ts'
import { bindAudit } from './http/workspace/audit.ts'
import { bindEvents, type EventMeans } from './http/workspace/events.ts'
import { bindGovernance, type GovernanceMeans } from './http/workspace/governance.ts'
import { bindGroupMappings } from './http/workspace/group-mappings.ts'
import { bindIdentities } from './http/workspace/identities.ts'
import { bindLineage } from './http/workspace/lineage.ts'
import { bindRegistryExtra } from './http/workspace/registry.ts'
import { bindSessions } from './http/workspace/sessions.ts'
import { bindSubscriptions } from './http/workspace/subscriptions.ts'
import { bindTokens } from './http/workspace/tokens.ts'
import { bindTracking } from './http/workspace/tracking.ts'
import { bindWorkspaceExtra } from './http/workspace/workspaces.ts'
import type { AccessVerbs } from './wire-access.ts'

/** What the routes are bound to. */
export interface RouteMeans {
  readonly system: Omit<SystemMeans, 'declarations'>
  readonly tracking: Tracking
  readonly artifacts: ArtifactMeans
  readonly registry: RegistryMeans
  readonly access: AccessVerbs
  readonly events: EventMeans
  readonly subscriptions: Subscriptions
  readonly approvals: Approvals
  readonly lineage: Lineage
  readonly audit: Audit
  readonly policies: GovernanceMeans
  readonly signIn: SignInMeans
  readonly publicAddress: PublicAddress
}

/** Every route of the server, bound. */
export function allRoutes({
  system,
  tracking,
  artifacts,
  registry,
  access,
  events,
  subscriptions,
  approvals,
  lineage,
  audit,
  policies,
  signIn,
  publicAddress,
}: RouteMeans): BoundRoute[] {
  const served: BoundRoute[] = [
    ...bindSystem({ ...system, declarations: () => served.map((route) => route.declaration) }),
    ...bindExperiments(tracking),
    ...bindRuns(tracking),
    ...bindMetrics(tracking),
    ...bindInputs(tracking),
    ...bindLoggedModels(tracking),
    ...bindArtifacts(artifacts),
    ...bindTracking(tracking),
    ...bindRegistry(registry),
    ...bindRegistryExtra(registry.registry),
    ...bindWorkspaces(access.workspaces),
    ...bindUsers(access),
    ...bindRoles(access.roles),
    ...bindWorkspaceExtra(access, publicAddress),
    ...bindAccess(access),
    ...bindEvents(events),
    ...bindSubscriptions(subscriptions),
    ...bindWebhooks(subscriptions),
    ...bindApprovals(approvals),
    ...bindLineage(lineage),
    ...bindAudit(audit),
    ...bindGovernance(policies),
    ...bindTokens(access.tokens, publicAddress),
    ...bindSessions(access.sessions),
    ...bindSignIn(signIn),
    ...bindSignOn(signIn),
    ...bindGroupMappings(access.signOn),
    ...bindIdentities(access.signOn),
    ...bindStatus({
      tracking,
      workspaces: access.workspaces,
      basePath: system.basePath,
      publicAddress,
    }),
  ]
  return [...served, ...bindNotYet()]
}

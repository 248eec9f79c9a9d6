const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What this module refuses or bounds. Lengths are characters, times milliseconds. */
export const LIMITS = {
  /** MLflow's own rule for names of workspaces. */
  workspaceNameMin: 2,
  workspaceNameMax: 63,
  workspaceTags: 100,
  tagKey: 250,
  tagValue: 5000,
  description: 5000,
  property: 500,
  principalName: 128,
  roleName: 128,
  tokenName: 128,
  passwordMin: 12,
  passwordMax: 128,
  groupsOfAnAccount: 1000,
  /** A cached profile takes about 100 bytes a grant. */
  grantsOfAHolder: 20_000,
  trackingLifeMs: HOUR,
  /** So long after its creation an expired tracking credential may still do what concerns its running runs. */
  trackingEndsMs: 30 * DAY,
  /** So long whoever uses an expired one without running runs is told that it has expired. */
  expiredToldMs: DAY,
  runTokenLifeMs: HOUR,
  tokenLifeMs: 90 * DAY,
  minTokenLifeMs: SECOND,
  maxTokenLifeMs: 366 * DAY,
  runsOfACredential: 10_000,
  sessionIdleMs: 8 * HOUR,
  sessionLifeMs: 7 * DAY,
  setupLinkMs: HOUR,
  signOnMs: 10 * MINUTE,
  clockSkewMs: MINUTE,
  /** How long a password that was right is believed without computing it again. */
  passwordRememberedMs: MINUTE,
  /** Nothing that a server remembers is believed for longer after it last heard from the others. */
  believedMs: SECOND,
  followEveryMs: 250,
  changesKeptMs: HOUR,
  signInsAMinute: 10,
  /** Over all names. */
  signInsAMinuteOfAnAddress: 100,
  tokensAnHour: 20,
  /** Of one account; each works for an hour in as many processes as one likes. */
  trackingTokensAnHour: 1000,
  nearQuota: 0.8,
} as const

import { invalid } from '@orrery/base/kernel'
import type { WorkspaceProperties } from '../access.ts'
import { LIMITS } from '../limits.ts'

/** Refuses an address at which no artifacts may be put; `field` goes into the sentence. */
export type CheckLocation = (location: string, field: string) => void

/** The texts of a workspace by the names of their columns. */
const COLUMNS = {
  friendlyName: 'friendly_name',
  description: 'description',
  subscriptionId: 'subscription_id',
  resourceGroup: 'resource_group',
  location: 'location',
  defaultArtifactRoot: 'default_artifact_root',
  traceArchivalLocation: 'trace_archival_location',
  traceArchivalRetention: 'trace_archival_retention',
} as const

type TextProperty = keyof typeof COLUMNS

/** What to write: columns that were given, and the tags if they were. */
export interface CheckedProperties {
  readonly columns: Readonly<Record<string, string | number | null>>
  readonly tags: ReadonlyMap<string, string> | undefined
}

/**
 * Refuses with INVALID_PARAMETER_VALUE what is too long or no address, and trims what MLflow trims.
 *
 * Source: mlflow 3.17.2, server/handlers.py, `_validate_workspace_default_artifact_root` and those around it.
 */
export function checkProperties(input: WorkspaceProperties, checkLocation: CheckLocation): CheckedProperties {
  const columns: Record<string, string | number | null> = {}
  for (const property of Object.keys(COLUMNS) as TextProperty[]) {
    const given = input[property]
    if (given !== undefined) columns[COLUMNS[property]] = CHECKS[property](given, checkLocation)
  }
  if (input.maxTokenLifeMs !== undefined) columns.max_token_life_ms = checkTokenLife(input.maxTokenLifeMs)
  return { columns, tags: input.tags === undefined ? undefined : checkTags(input.tags) }
}

type CheckText = (given: string, checkLocation: CheckLocation) => string

const CHECKS: Readonly<Record<TextProperty, CheckText>> = {
  friendlyName: plain('friendly_name', LIMITS.property),
  description: plain('description', LIMITS.description),
  subscriptionId: plain('subscription_id', LIMITS.property),
  resourceGroup: plain('resource_group', LIMITS.property),
  location: plain('location', LIMITS.property),
  defaultArtifactRoot(given, checkLocation) {
    const root = given.trim()
    if (root !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(root) && !/^[?#;]/.test(root)) {
      throw invalid(
        `Invalid value for 'default_artifact_root'. Expected a URI (for example 's3://bucket/prefix' or 'mlflow-artifacts:/prefix') or an absolute path, got '${root.slice(0, 200)}'.`,
        root.startsWith('/')
          ? 'A path would mean another folder on each machine that reads it; give a URI, or leave it out to keep artifacts in the store behind this server.'
          : undefined,
      )
    }
    if (root !== '') checkLocation(root, 'default_artifact_root')
    return root
  },
  traceArchivalLocation(given, checkLocation) {
    const location = given.trim()
    if (location !== '') checkLocation(location, 'trace_archival_config.location')
    return location
  },
  traceArchivalRetention(given) {
    const retention = given.trim()
    const field = 'trace_archival_config.retention'
    if (retention.length > 32) throw invalid(`Invalid value for '${field}'. Maximum length is 32 characters.`)
    if (retention === '' || /^[1-9][0-9]*[mhd]$/.test(retention)) return retention
    throw invalid(
      `Invalid value for '${field}'. Expected a duration in the form \`<int><unit>\`, where unit is one of 'm', 'h', or 'd' (for example '30d' or '12h').`,
    )
  },
}

function plain(field: string, limit: number): CheckText {
  return (given) => {
    checkText(given, field, limit)
    return given
  }
}

/** NUL is no character of a text in PostgreSQL. */
function checkText(given: string, field: string, limit: number): void {
  if (given.includes('\0')) throw invalid(`'${field}' holds a NUL character.`)
  if (given.length > limit && Array.from(given.slice(0, 2 * limit + 2)).length > limit) {
    throw invalid(`'${field}' is longer than ${limit} characters.`)
  }
}

function checkTags(tags: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = Object.entries(tags)
  if (entries.length > LIMITS.workspaceTags) {
    throw invalid(
      `A workspace can have at most ${LIMITS.workspaceTags} tags; 'tags' has ${entries.length} entries.`,
    )
  }
  for (const [key, value] of entries) {
    if (key === '') throw invalid("'tags' has an empty key.", 'Give each tag a key.')
    checkText(key, 'tags: key', LIMITS.tagKey)
    checkText(value, `tags: value of '${key}'`, LIMITS.tagValue)
  }
  return new Map(entries)
}

function checkTokenLife(ms: number | null): number | null {
  if (ms === null) return null
  if (Number.isSafeInteger(ms) && ms >= LIMITS.minTokenLifeMs && ms <= LIMITS.maxTokenLifeMs) return ms
  throw invalid(
    `'max_token_life_ms' must be a whole number of milliseconds from ${LIMITS.minTokenLifeMs} to ${LIMITS.maxTokenLifeMs}, or null (got ${ms}).`,
    'Give null for the server’s own limit.',
  )
}

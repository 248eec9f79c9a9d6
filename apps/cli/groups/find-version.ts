import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'

export const VERSION = '`fraud/3`, `fraud@champion` or `fraud/latest`, also with `models:/` before it.'
const STAGES: ReadonlySet<string> = new Set(['none', 'staging', 'production', 'archived'])

export interface Version {
  readonly name: string
  readonly version: string
}

/** Reads a version as `models:/…` names it, and asks the server where that takes it. */
export async function versionOf({ orrery, signal }: Context, text: string): Promise<Version> {
  const told = text.replace(/^models:\//, '')
  const [, name, version] = /^([^/@]+)\/([^/]+)$/.exec(told) ?? []
  const [, ofAlias, alias] = /^([^/@]+)@([^/]+)$/.exec(told) ?? []
  const client = await orrery()
  if (ofAlias !== undefined || version === 'latest') {
    const asked = { name: ofAlias ?? name!, alias: alias ?? 'latest' }
    const { model_version: found } = await client.registeredModels
      .getVersionByAlias(asked, { signal })
      .catch((error: { code?: string; message: string }) => {
        // MLflow says INVALID_PARAMETER_VALUE of an alias that is not there, and so does the server.
        if (error.code !== 'INVALID_PARAMETER_VALUE' || !/not found/.test(error.message)) throw error
        throw new CliError('NOT_FOUND', error.message, undefined, error)
      })
    return { name: found.name, version: found.version }
  }
  if (name !== undefined && /^\d+$/.test(version!)) return { name, version: version! }
  if (name !== undefined && STAGES.has(version!.toLowerCase())) {
    const { model_versions: [found] = [] } = await client.registeredModels.getLatestVersions(
      { name, stages: [version!] },
      { signal },
    )
    if (found !== undefined) return { name, version: found.version }
    throw new CliError('NOT_FOUND', `No version of '${name}' is in the stage ${version}.`)
  }
  throw new CliError('USAGE', `'${text}' names no version.`, `It looks like ${VERSION}`)
}

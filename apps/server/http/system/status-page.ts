import { statusRoutes } from '@orrery/base/contract'
import { type Caller, SOMEWHERE } from '@orrery/base/kernel'
import type { Workspaces } from '@orrery/domain/access'
import type { NewRun, Run, Tracking } from '@orrery/domain/tracking'
import { bind, type PublicAddress } from '../kit/index.ts'
import { signOutForm } from '../sign-in/pages.ts'
import { escaped, page, withForms } from './page.ts'

const NEWEST = 30

/** Metrics shown of a run; the rest is counted. */
const SHOWN_METRICS = 4

interface Means {
  readonly tracking: Tracking
  readonly workspaces: Pick<Workspaces, 'list'>
  readonly basePath: string
  readonly publicAddress: PublicAddress
}

/** The page at `/`: the newest runs of the workspace, and how to connect. */
export function bindStatus({ tracking, workspaces, basePath, publicAddress }: Means) {
  return bind(statusRoutes, {
    show: async (caller, { origin }) => {
      if (!caller.may('run.read', SOMEWHERE)) {
        const names = (await workspaces.list(caller)).map(({ name }) => name)
        const others = names.filter((name) => name !== caller.workspace.name)
        const isIn = others.length < names.length
        return withForms(
          page('Orrery', account(caller, basePath) + elsewhere(caller, isIn, others, basePath)),
        )
      }
      const runs = await tracking.runs.newest(caller, { limit: NEWEST })
      const { name } = caller.workspace
      const shown = body(name, publicAddress(caller, origin), basePath, runs)
      return withForms(page(`${name} · Orrery`, account(caller, basePath) + shown))
    },
  })
}

/** For whoever comes to the first page and has nothing to see there. @param isIn whether they have any part in it */
function elsewhere(
  { workspace: { name } }: Caller,
  isIn: boolean,
  others: readonly string[],
  basePath: string,
): string {
  const why = isIn
    ? `Your role in the workspace <strong>${escaped(name)}</strong> shows no runs.`
    : `You are not in the workspace <strong>${escaped(name)}</strong>.`
  const ask = 'Ask an owner of a workspace for a role in it.'
  const links = others.map(
    (other) =>
      `<li><a href="${escaped(`${basePath}/workspaces/${encodeURIComponent(other)}/`)}">${escaped(other)}</a></li>`,
  )
  const list = others.length === 0 ? `<p>${ask}</p>` : `<p>Yours are:</p><ul>${links.join('\n')}</ul>`
  return `<header><h1>Orrery</h1></header>
<section><h2>Workspaces</h2><p>${why}</p>${list}</section>`
}

/** Who is signed in in this browser, with the way out. */
function account({ principal, credential }: Caller, basePath: string): string {
  if (credential?.kind !== 'session') return ''
  return `<div class="account">Signed in as <strong>${escaped(principal.name)}</strong>${signOutForm(basePath)}</div>`
}

function body(workspace: string, uri: string, basePath: string, runs: readonly NewRun[]): string {
  return `<header><h1>Orrery</h1><p>Workspace <strong>${escaped(workspace)}</strong></p></header>
<section><h2>Connect</h2>
<pre><code>import mlflow
mlflow.set_tracking_uri("${escaped(uri)}")</code></pre>
<p><a href="${escaped(basePath)}/api-docs">API</a> · <a href="${escaped(basePath)}/metrics">Metrics</a></p></section>
<section><h2>Newest runs</h2>${runs.length === 0 ? EMPTY : table(runs)}</section>`
}

/** Names of any length are allowed, but not here. */
const cut = (name: string) => (name.length > 80 ? `${name.slice(0, 79)}…` : name)

const EMPTY = '<p>No run yet. Point a training script at the address above, and its runs appear here.</p>'

function table(runs: readonly NewRun[]): string {
  const head = ['Run', 'Experiment', 'Status', 'Started (UTC)', 'Took', 'Metrics']
  return `<div class="wide"><table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${runs.map(row).join('\n')}</tbody></table></div>`
}

function row({ run: { info, metrics }, experimentName }: NewRun): string {
  const cells = [
    `<td class="name"><strong>${escaped(cut(info.name))}</strong><br><code>${escaped(info.runId)}</code></td>`,
    `<td class="name">${escaped(cut(experimentName))}</td>`,
    `<td><span class="status ${info.status.toLowerCase()}">${info.status.toLowerCase()}</span></td>`,
    `<td>${started(info.startTime)}</td>`,
    `<td class="figure">${took(info.startTime, info.endTime)}</td>`,
    `<td>${measured(metrics)}</td>`,
  ]
  return `<tr>${cells.join('')}</tr>`
}

function started(at: number | null): string {
  // Before 1970, and beyond what a date can hold, no run has started.
  if (!at || at < 0 || at > 8.64e15) return '–'
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`
}

function took(from: number | null, to: number | null): string {
  if (!from || !to || to < from) return '–'
  const seconds = (to - from) / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function measured(metrics: Run['metrics']): string {
  const shown = metrics
    .slice(0, SHOWN_METRICS)
    .map(
      ({ key, value }) => `<span class="metric">${escaped(cut(key))} <b>${escaped(figure(value))}</b></span>`,
    )
  const more = metrics.length - shown.length
  return shown.join(' ') + (more > 0 ? ` <span class="metric">and ${more} more</span>` : '')
}

const figure = (value: number) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value)

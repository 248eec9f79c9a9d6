import type { Reads } from '@orrery/drivers/db'
import type { HeldAround } from '../seams.ts'
import type { Hold } from './hold-rows.ts'

const IN_EXPERIMENTS = /^(runs|logged-models)\//
const OF_MODELS = 'models/'

/**
 * The hold that keeps a thing: on itself, on what is above it, on something below it; on a version that was made from it,
 * whose files lie there; and, where it is an experiment, on or of one of its runs or logged models. Undefined where there
 * is none.
 *
 * @param held as `Destroys`: its own subject first
 */
export async function holdOn(
  reads: Reads,
  held: HeldAround,
  workspaceKey: number,
  holds: readonly Hold[],
  subjects: readonly string[],
): Promise<Hold | undefined> {
  if (holds.length === 0) return undefined
  const own = subjects[0] ?? ''
  const direct = holds.find(
    ({ subject }) => subject === '' || subjects.includes(subject) || subject.startsWith(`${own}/`),
  )
  if (direct !== undefined || own.startsWith(OF_MODELS)) return direct
  const ofModels = holds.filter(({ subject }) => subject.startsWith(OF_MODELS))
  if (!own.startsWith('experiments/')) return holdOnVersions(reads, held, workspaceKey, ofModels, subjects)
  const inside = holds.filter(({ subject }) => IN_EXPERIMENTS.test(subject))
  // Of a hold on a run's artifacts the run itself is asked for.
  const owners = inside.map((hold) => ({ hold, owner: hold.subject.split('/', 2).join('/') }))
  for (const hold of ofModels) {
    const sources = await held.sourcesOf(reads, workspaceKey, hold.subject)
    owners.push(...sources.map((owner) => ({ hold, owner })))
  }
  if (owners.length === 0) return undefined
  const asked = owners.map(({ owner }) => owner)
  const [first] = await held.among(reads, workspaceKey, asked, own)
  return first === undefined ? undefined : owners.find(({ owner }) => owner === first)?.hold
}

/** The hold on a version that was made from one of some runs and logged models. */
async function holdOnVersions(
  reads: Reads,
  held: HeldAround,
  workspaceKey: number,
  holds: readonly Hold[],
  subjects: readonly string[],
): Promise<Hold | undefined> {
  if (holds.length === 0) return undefined
  for (const owner of subjects) {
    for (const version of await held.versionsFrom(reads, workspaceKey, owner)) {
      const hold = holds.find(({ subject }) => version === subject || version.startsWith(`${subject}/`))
      if (hold !== undefined) return hold
    }
  }
  return undefined
}

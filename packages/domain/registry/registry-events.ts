import type { Approval } from '@orrery/base/kernel'
import type { ModelKind } from './registered-model.ts'
import type { Stage } from './stages.ts'

interface Told<Type extends string, Before, After> {
  readonly type: Type
  /** `modelSubject` or `versionSubject`. */
  readonly subject: string
  /** Key of the model: it decides who sees the event. */
  readonly on: number
  /** At most `MOST_ALSO`. */
  readonly also?: readonly string[]
  readonly before: Before
  readonly after: After
}

type Texts = Readonly<Record<string, string>>

/** Whether it is a prompt, for readers that tell prompts apart: in what is told of the time after, of deletions before. */
interface OfKind {
  readonly kind: ModelKind
}

/** Of a change that another person has approved. */
interface Approved {
  readonly approval?: Approval
}

/** Fields that changed, as they were; a tag that was not there is left out. Long values are cut to 1,000 characters. */
interface TagChange {
  readonly tags: Texts
}

interface Described {
  readonly description: string | null
}

interface Pointer {
  readonly alias: string
  /** Null where the alias did not exist. */
  readonly version: number | null
}

interface VersionFacts {
  readonly name: string
  readonly version: number
  readonly source: string
  readonly runId: string
  readonly modelId: string
  readonly manifestDigest: string | null
}

/** What happens to models. `model.renamed` stands under the new name. */
export type ModelEvent =
  | Told<
      'model.registered',
      undefined,
      { readonly name: string; readonly kind: ModelKind; readonly tags: Texts } & Described
    >
  | Told<'model.updated', Described, Described>
  | Told<'model.renamed', { readonly name: string }, { readonly name: string }>
  | Told<
      'model.deleted',
      {
        readonly name: string
        readonly kind: ModelKind
        readonly versions: number
        readonly lastVersion: number
        readonly aliases: Readonly<Record<string, number>>
      },
      undefined
    >
  | Told<'model.tag-set' | 'model.tag-deleted', TagChange, TagChange & OfKind>
  | Told<'alias.set', Pointer, Pointer & OfKind & Approved>
  | Told<'alias.removed', Pointer & OfKind, { readonly approval: Approval } | undefined>

/** What happens to versions. */
export type VersionEvent =
  | Told<
      'version.created',
      undefined,
      VersionFacts & OfKind & Described & { readonly tags: Texts; readonly importedAs?: number }
    >
  | Told<'version.updated', Described, Described & OfKind>
  | Told<
      'version.deleted',
      VersionFacts & OfKind & { readonly stage: Stage; readonly aliases: readonly string[] },
      undefined
    >
  | Told<
      'stage.changed',
      { readonly stage: Stage },
      /** `archived`: the versions that were moved out of the stage by the same call. */
      { readonly stage: Stage; readonly archived: readonly number[] } & Approved
    >
  | Told<'version.tag-set' | 'version.tag-deleted', TagChange, TagChange & OfKind>
  | Told<'version.advised', undefined, OfKind & { readonly scanner: string; readonly verdict: string }>

/** One per call that changed something; an import tells each version, stage and alias that it brought. */
export type RegistryEvent = ModelEvent | VersionEvent

/** Names hold no `/`, so a subject reads in one way only. */
export const modelSubject = (name: string) => `models/${name}`
export const versionSubject = (name: string, version: number) => `models/${name}/versions/${version}`

/** An event is written to the story of at most so many other subjects. */
const MOST_ALSO = 100

/** Versions whose story an event belongs to as well. */
export function versionSubjects(name: string, versions: readonly number[]): string[] {
  return versions.slice(0, MOST_ALSO).map((version) => versionSubject(name, version))
}

/** As part of an event; nothing where there is none. */
export const alsoOf = (subjects: readonly string[]) => (subjects.length === 0 ? {} : { also: subjects })

const MOST_IN_EVENT = 1_000

/** A text as events tell it: cut, because an event is read by many and kept for long. */
export function told(text: string): string {
  return text.length <= MOST_IN_EVENT ? text : text.slice(0, MOST_IN_EVENT).toWellFormed()
}

/** Tags as events tell them. */
export function toldTags(tags: Iterable<readonly [key: string, value: string]>): Record<string, string> {
  return Object.fromEntries(Array.from(tags, ([key, value]) => [key, told(value)]))
}

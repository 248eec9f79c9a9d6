import type { Permission, ResourceKind } from '../../kernel/index.ts'

/** Who may see an event: decided on the experiment or model that it is about, or by a permission in the workspace. */
export type Audience = ResourceKind | Permission

/** One type of event. `docs/events-catalogue.md` is printed from these. */
export interface EventRow {
  /** When it is told, as the rest of "Told when …". */
  readonly when: string
  /** The path of what it happened to, below the workspace; `{}` stands for ids and names. */
  readonly subject: string
  readonly audience: Audience
  /** An example of the fields that changed, as they were and as they are; left out where none is told. */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** Examples of fields of `after` that only some have; `when` says which. */
  readonly sometimes?: Readonly<Record<string, unknown>>
  /** Nothing emits it yet: its part of the workspace is still to come. */
  readonly toCome?: true
}

/** Rows of one audience. */
export function rowsFor<const Rows extends Readonly<Record<string, Omit<EventRow, 'audience'>>>>(
  audience: Audience,
  rows: Rows,
): { readonly [Type in keyof Rows]: EventRow } {
  return Object.fromEntries(
    Object.entries(rows).map(([type, row]) => [type, { audience, ...row }]),
  ) as unknown as { readonly [Type in keyof Rows]: EventRow }
}

import type * as contract from '@orrery/base/contract'
import type { AnyDeclaration } from '@orrery/base/contract'
import type { CallOptions, Input, Output, RawAnswer, RawOptions } from './call.ts'

/*
 * The calls of the client, made by types alone: `runs.search` of the contract is `orrery.runs.search`, and
 * `artifacts.list-in-store` is `orrery.artifacts.listInStore`. A table that the contract begins to hand out is here
 * without a line being written.
 */

type Tables = {
  [Key in keyof typeof contract as Key extends 'notYetRoutes'
    ? never
    : Key extends `${string}Routes`
      ? Key
      : never]: (typeof contract)[Key]
}

/** Every row, with its name as a type. */
export type NamedRow = { [Key in keyof Tables]: Tables[Key][keyof Tables[Key]] }[keyof Tables]

type GroupOf<Name> = Name extends `${infer Group}.${string}` ? Group : never

type Camel<Text extends string> = Text extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Text

type VerbOf<Name, Group extends string> = Name extends `${Group}.${infer Verb}` ? Camel<Verb> : never

/** `{}` may be left out. */
type Told<Given, Options> =
  Record<never, never> extends Given ? [input?: Given, options?: Options] : [input: Given, options?: Options]

/** A row whose answer is bytes: raw, and without fields in `gives`. */
type IsBytes<Row extends AnyDeclaration> = Row['codec'] extends 'raw'
  ? keyof Output<Row> extends never
    ? true
    : false
  : false

/** One row as a call. Rejects with `OrreryError`, or with the reason of the signal. */
export type CallOf<Row extends AnyDeclaration> =
  IsBytes<Row> extends true
    ? (...told: Told<Input<Row>, RawOptions>) => Promise<RawAnswer>
    : Row['codec'] extends 'raw'
      ? (...told: Told<Input<Row>, RawOptions>) => Promise<Output<Row>>
      : (...told: Told<Input<Row>, CallOptions>) => Promise<Output<Row>>

export type Calls = {
  readonly [Group in GroupOf<NamedRow['name']>]: {
    readonly [Row in NamedRow as VerbOf<Row['name'], Group>]: CallOf<Row>
  }
}

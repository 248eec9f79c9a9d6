import type { Context } from './context.ts'

/*
 * A verb is told once, as data. Its --help, the page of the reference, shell completion and the parser are made of it.
 */

export interface Argument {
  readonly says: string
  readonly optional?: true
  /** Takes all the words that are left. */
  readonly many?: true
}

export interface Option {
  readonly says: string
  /** What the value is; left out: the option takes none. `list` may be given more than once. */
  readonly value?: 'text' | 'number' | 'list'
  /** One letter. */
  readonly short?: string
  /** What stands for the value in --help; the name of the option if not given. */
  readonly shown?: string
  readonly required?: true
  readonly choices?: readonly string[]
}

export interface Example {
  /** After `orrery `. */
  readonly line: string
  readonly says: string
}

/** A column of the table that a person sees. */
export interface Column {
  readonly title: string
  /** JMESPath within a row. */
  readonly path: string
  /** `mark`: yes, or nothing. */
  readonly as?: 'time' | 'bytes' | 'duration' | 'number' | 'mark'
}

type Arguments = Readonly<Record<string, Argument>>
type Options = Readonly<Record<string, Option>>

type ArgumentValue<A extends Argument> = A extends { many: true }
  ? readonly string[]
  : A extends { optional: true }
    ? string | undefined
    : string

type OptionValue<O extends Option> = O extends { value: 'list' }
  ? readonly string[]
  : O extends { value: 'number' }
    ? O extends { required: true }
      ? number
      : number | undefined
    : O extends { value: 'text' }
      ? O extends { required: true }
        ? string
        : string | undefined
      : boolean

/** What was typed, by the names under which it was declared. */
export type Given<A extends Arguments, O extends Options> = {
  readonly [Name in keyof A]: ArgumentValue<A[Name]>
} & { readonly [Name in keyof O]: OptionValue<O[Name]> }

export interface Command<A extends Arguments = Arguments, O extends Options = Options> {
  readonly name: string
  /** One line, a sentence. */
  readonly summary: string
  readonly args?: A
  /** Names with inner hyphens, as they are typed. */
  readonly options?: O
  readonly examples: readonly Example[]
  /** JMESPath to the list that becomes a table; left out: the result is one thing, shown as its fields. */
  readonly rows?: string
  /** A function where they depend on what there is, such as one for each of several runs. */
  readonly columns?: readonly Column[] | ((result: unknown) => readonly Column[])
  /** It reads a message from `-f FILE` and `--set a.b=c`; `context.message()` has it. */
  readonly takesFile?: true
  /** It asks before it does what cannot be undone; `--yes` answers. */
  readonly destroys?: true
  /** It waits for something to end; `--no-wait` returns at once. */
  readonly waits?: true
  /** It asks no server and gives text as it is: the options of every command are left out. */
  readonly alone?: true
  run(context: Context, given: Given<A, O>): Promise<unknown>
}

// A list of verbs holds verbs of any arguments.
// biome-ignore lint/suspicious/noExplicitAny: variance of `run`
export type AnyCommand = Command<any, any>

type None = Readonly<Record<never, never>>

export function command<const A extends Arguments = None, const O extends Options = None>(
  told: Command<A, O>,
): Command<A, O> {
  return told
}

/** A file of `groups/`. */
export interface Group {
  readonly name: string
  /** One that is called as the group is, such as `login`, stands alone. */
  readonly commands: readonly AnyCommand[]
}

export const isVerbItself = ({ name, commands }: Group): boolean =>
  commands.length === 1 && commands[0]!.name === name

export function group(name: string, commands: readonly AnyCommand[]): Group {
  return { name, commands }
}

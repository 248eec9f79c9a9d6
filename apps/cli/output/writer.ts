import type { Column } from '../command.ts'

export interface Shape {
  /** The result is a list of rows with these columns; undefined: it is whatever it is. */
  readonly columns: readonly Column[] | undefined
  /** Of the terminal, in characters; undefined where it is none: then nothing is cut. */
  readonly width: number | undefined
  /** What would move the cursor is shown instead of sent. */
  readonly isTerminal: boolean
}

/** Turns a result into text that ends with a line break; nothing for an empty result. */
export type Writer = (result: unknown, shape: Shape) => string

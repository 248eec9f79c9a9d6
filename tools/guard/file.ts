/** A file as the rules see it. */
export interface File {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

export interface Fault {
  readonly path: string
  /** Which rule, so that a planted fault can be told from another. */
  readonly rule: string
  readonly says: string
}

/** Looks at all files and names what is wrong. */
export type Rule = (files: readonly File[]) => Fault[]

export const isCode = ({ path }: File) => path.endsWith('.ts') || path.endsWith('.tsx')

/** Tests, suites and their equipment may reach where the program may not. */
export function isForTests(path: string): boolean {
  return /\.(test|suite)\.tsx?$/.test(path) || /\/(testing|suite)\//.test(path)
}

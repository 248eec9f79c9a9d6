import type { AnyDeclaration } from '@orrery/base/contract'

export interface PathIndex {
  /** The methods that a path has, or none: the difference between 404 and 405. */
  methodsOf(path: string): readonly string[]
}

/** The router answers "no such route" alike for path and method, so the refusal looks the path up once more. */
export function makePathIndex(declarations: readonly AnyDeclaration[]): PathIndex {
  const places = declarations.flatMap(({ method, path, twins }) => [{ method, path }, ...twins])
  let patterns: { method: string; pattern: RegExp }[] | undefined
  return {
    methodsOf(path) {
      patterns ??= places.map((place) => ({ method: place.method, pattern: patternOf(place.path) }))
      const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
      return [...new Set(methods)].sort()
    },
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{\w+\\\*\}$/, '.*')
    .replace(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${source}$`)
}

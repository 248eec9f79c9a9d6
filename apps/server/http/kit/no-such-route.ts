import { Problem } from '@orrery/base/kernel'

/**
 * The answer to an address that no route has; also for one that is there for others, who shall not be told apart.
 *
 * @param path as it was asked, base path included
 * @param more a sentence besides
 */
export function noSuchRoute(method: string, path: string, basePath: string, more?: string): Problem {
  const message = `No such route: ${method} ${path}.`
  return new Problem('ENDPOINT_NOT_FOUND', more === undefined ? message : `${message} ${more}`, {
    hint: `The routes are listed at ${basePath}/api-docs.`,
  })
}

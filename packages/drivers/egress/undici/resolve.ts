import { lookup as lookupHere, Resolver } from 'node:dns/promises'
import { EgressError } from '../egress.ts'
import { LIMITS } from '../limits.ts'

/** All addresses of a name, the preferred one first. */
export type Resolve = (name: string) => Promise<readonly string[]>

/*
 * Names that strangers give are asked of DNS itself. `getaddrinfo` would take one of the four threads that also serve
 * files, for as long as the name's own servers like to keep it. Names that the operator allows go that way all the
 * same: they may stand in /etc/hosts or need the search list.
 */
export function makeResolve(): { readonly strange: Resolve; readonly allowed: Resolve } {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 })
  return {
    async strange(name) {
      const answers = await within(
        name,
        Promise.allSettled([resolver.resolve6(name), resolver.resolve4(name)]),
      )
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    },
    async allowed(name) {
      const found = lookupHere(name, { all: true, order: 'verbatim' }).catch(() => [])
      return (await within(name, found)).map(({ address }) => address)
    },
  }
}

async function within<Answer>(name: string, answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(
      new EgressError('timeout', `DNS did not answer for ${name} within ${LIMITS.resolveMs / 1000} s.`),
    )
  }, LIMITS.resolveMs)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

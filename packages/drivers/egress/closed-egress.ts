import { makeAllowList } from './allow-list.ts'
import { checkUrl } from './check-url.ts'
import { type Allowed, type Egress, EgressError } from './egress.ts'

/** Checks addresses and calls nobody: where a server is wired without a way out. */
export function closedEgress({ allow }: Allowed = { allow: [] }): Egress {
  const list = makeAllowList(allow)
  const closed = () => Promise.reject(new EgressError('unreachable', 'This server calls nobody.'))
  return {
    checkUrl: (text, field) => checkUrl(text, field, list),
    send: closed,
    fetch: closed,
    close: async () => {},
  }
}

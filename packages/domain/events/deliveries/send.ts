import { asLogged } from '../log/logged-row.ts'
import { mayHear } from '../log/may-hear.ts'
import type { LoggedEvent } from '../log.ts'
import type { Sending } from '../shapes/post.ts'
import type { Attempt } from './attempt.ts'
import type { DelivererDeps } from './deliverer-deps.ts'
import { selectEvent, stopSubscription } from './delivery-rows.ts'
import type { Item, Outcome } from './item.ts'
import type { Line, LineFacts } from './line.ts'
import { serverCaller } from './server-caller.ts'

/** What came of sending what was taken from a line. */
export type Sent =
  | { readonly kind: 'sent'; readonly outcome: Outcome }
  /** There was nothing that the owner may see, or the shape has nothing to say of it. */
  | { readonly kind: 'nothing' }
  /** Some of a list may not be seen; the rest has not been sent yet. */
  | { readonly kind: 'partly'; readonly hidden: readonly Item[] }
  /** Its owner may no longer have it. */
  | { readonly kind: 'stopped' }

const GONE: Outcome = {
  isDelivered: false,
  isFinal: true,
  status: null,
  error: 'The event is no longer in the log.',
  durationMs: 0,
}

/** Sends what was taken from a line, as its owner's rights are at this moment. */
export function makeSend(
  { db, emit, clock, callerOf, seal, publicUrl }: DelivererDeps,
  attempt: Attempt,
  nameOf: (workspaceKey: number) => Promise<string | undefined>,
) {
  /** Opening takes 20 µs; it would be done at each attempt. */
  const opened = new WeakMap<LineFacts, string>()

  return async function send(line: Line, taken: readonly Item[], signal: AbortSignal): Promise<Sent> {
    const { facts } = line
    const workspace = await nameOf(facts.workspaceKey)
    if (workspace === undefined) return { kind: 'nothing' }
    const owner = await callerOf(facts.ownerKey, facts.workspaceKey)
    if (owner === undefined || !owner.may('webhook.write')) {
      await stop(line, workspace, owner?.principal.name)
      return { kind: 'stopped' }
    }
    const hidden: Item[] = []
    for (const item of taken) {
      item.event ??= await eventAt(item.position)
      if (item.event !== undefined && !mayHear(owner, item.event)) hidden.push(item)
    }
    if (hidden.length === taken.length) return { kind: 'nothing' }
    if (hidden.length > 0) return { kind: 'partly', hidden }
    if (taken.some(({ event }) => event === undefined)) return { kind: 'sent', outcome: GONE }
    const secret = secretOf(line)
    if (secret === null) return { kind: 'sent', outcome: UNREADABLE }
    const sendings = taken.map(
      (item): Sending => ({
        event: item.event!,
        origin: { publicUrl, workspace },
        subscriptionId: facts.id,
        subscriptionName: facts.name,
        secret,
        attempt: item.attempts + 1,
        replay: item.replay,
        isTest: false,
        now: clock(),
      }),
    )
    const outcome = await attempt(facts, sendings, signal)
    return outcome === undefined ? { kind: 'nothing' } : { kind: 'sent', outcome }
  }

  async function eventAt(position: number): Promise<LoggedEvent | undefined> {
    const row = await db.read.first(selectEvent, { position })
    return row === undefined ? undefined : asLogged(row)
  }

  /** @returns null where it cannot be read */
  function secretOf({ facts }: Line): string | undefined | null {
    if (facts.secret === null) return undefined
    const known = opened.get(facts)
    if (known !== undefined) return known
    try {
      const secret = seal.open(facts.secret, `subscriptions/${facts.id}`)
      opened.set(facts, secret)
      return secret
    } catch {
      return null
    }
  }

  async function stop(line: Line, workspace: string, owner: string | undefined): Promise<void> {
    const { key, id, name, workspaceKey } = line.facts
    const because =
      owner === undefined
        ? 'The account that it belongs to is gone or disabled.'
        : `The account ${owner} may no longer have webhooks.`
    await db.inTx(async (tx) => {
      const stopped = { subscription: key, status: 'stopped', reason: because, now: clock() }
      if ((await tx.run(stopSubscription, stopped)) === 0) return
      await emit(tx, serverCaller(workspaceKey, workspace), {
        type: 'subscription.stopped',
        subject: `subscriptions/${id}`,
        after: { name, because },
      })
    })
  }
}

const UNREADABLE: Outcome = {
  isDelivered: false,
  isFinal: false,
  status: null,
  error: 'Its secret cannot be read: it was sealed with another --secret-key. Set it anew.',
  durationMs: 0,
}

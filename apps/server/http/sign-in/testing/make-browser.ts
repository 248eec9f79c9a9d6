/** A page as a browser has it after all redirects. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly text: string
  /** `Set-Cookie` of the first answer. */
  readonly setCookies: readonly string[]
  /** The redirects on the way: status and `Location`. */
  readonly via: readonly { readonly status: number; readonly location: string }[]
}

export interface Browser {
  readonly cookies: Map<string, string>
  open(path: string, headers?: Record<string, string>): Promise<Page>
  /**
   * Sends a form of a page, as a browser does: its hidden fields, and what was typed.
   *
   * @param to end of the form's address, where there are several
   */
  submit(
    page: Pick<Page, 'text' | 'url'>,
    typed: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
    to?: string,
  ): Promise<Page>
}

/**
 * As much of a browser as a form needs: cookies, redirects, `Origin`, the fields of a form.
 *
 * @param stopAt part of an address to which it is not redirected: it stands in `url` then
 */
export function makeBrowser(origin: string, stopAt?: string): Browser {
  const cookies = new Map<string, string>()

  async function go(url: URL, init: RequestInit): Promise<Page> {
    const via: Page['via'][number][] = []
    let first: readonly string[] | undefined
    let next = init
    let at = url
    for (;;) {
      const answer = await fetch(at, {
        ...next,
        headers: { accept: 'text/html,*/*;q=0.8', ...next.headers, cookie: told(cookies) },
        redirect: 'manual',
      })
      const set = answer.headers.getSetCookie()
      for (const cookie of set) keep(cookies, cookie)
      first ??= set
      const text = await answer.text()
      const refresh = answer.headers.get('refresh')?.replace(/^0;url=/, '')
      const location = answer.headers.get('location') ?? refresh ?? null
      if (location === null || via.length > 10) {
        return { status: answer.status, url: at.href, headers: answer.headers, text, setCookies: first, via }
      }
      via.push({ status: answer.status, location })
      if (stopAt !== undefined && location.includes(stopAt)) {
        return { status: answer.status, url: location, headers: answer.headers, text, setCookies: first, via }
      }
      at = new URL(location, at)
      next = { method: 'GET' }
    }
  }

  return {
    cookies,
    open: (path, headers = {}) => go(new URL(path, origin), { method: 'GET', headers }),
    submit(page, typed, headers = {}, to = '') {
      const form = formsOf(page.text).find(({ action }) => action.endsWith(to))
      if (form === undefined) throw new Error(`no form to '${to}': ${page.text}`)
      const body = new URLSearchParams({ ...form.fields, ...typed })
      const given = { origin, 'content-type': 'application/x-www-form-urlencoded', ...headers }
      // What is given as empty is not sent: programs and old browsers say nothing of where they come from.
      const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
      return go(new URL(form.action, page.url), { method: 'POST', headers: sent, body: body.toString() })
    },
  }
}

const told = (cookies: ReadonlyMap<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

function keep(cookies: Map<string, string>, cookie: string): void {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
  if (/; Max-Age=0(;|$)|; expires=Thu, 01 Jan 1970/i.test(cookie)) cookies.delete(name!)
  else cookies.set(name!, value!)
}

/** The hidden fields of a page's first form, as they will be sent. */
export function hiddenOf(html: string): Readonly<Record<string, string>> {
  return formsOf(html)[0]?.fields ?? {}
}

function formsOf(html: string): { action: string; fields: Record<string, string> }[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head, inside]) => {
    const inputs = [...inside!.matchAll(/<input\b([^>]*)>/g)].map(([, input]) => input!)
    const hidden = inputs.filter((input) => attribute(input, 'type') === 'hidden')
    const fields = hidden.map((input) => [attribute(input, 'name'), attribute(input, 'value')])
    return {
      action: attribute(head!, 'action'),
      fields: Object.fromEntries(fields) as Record<string, string>,
    }
  })
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&amp;', '&')
}

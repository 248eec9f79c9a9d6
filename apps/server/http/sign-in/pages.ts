import type { Problem } from '@orrery/base/kernel'
import { ACCESS_LIMITS } from '@orrery/domain/access'
import type { RawAnswer } from '../kit/index.ts'
import { escaped, page, withForms } from '../system/page.ts'

const STYLE = `
main { max-width: 24rem; margin: 12vh auto 0 }
label { display: block; margin-top: .9rem; font-weight: 600 }
input { box-sizing: border-box; width: 100%; margin-top: .2rem; padding: .5rem .6rem; font: inherit }
button { margin-top: 1.3rem; padding: .5rem 1.1rem; font: inherit; font-weight: 600 }
.refused { border-left: 3px solid light-dark(#a3201b, #ff9c94); padding-left: .8rem }
.note { opacity: .75; font-size: .9rem }
`

/** What a form says of the try before: why it was refused, and what was typed, but for the password. */
export interface Refusal {
  readonly status: number
  readonly says: string
  readonly retryAfterSeconds?: number | undefined
  readonly name: string
}

/** @param next a path of this server */
export function signInPage(
  given: {
    readonly basePath: string
    readonly token: string
    readonly next: string
    /** Where one can sign on as well, for people. */
    readonly provider?: string | undefined
  },
  refusal?: Refusal,
): RawAnswer {
  const body = `<h1>Sign in to Orrery</h1>${refused(refusal)}
<form method="post" action="${escaped(given.basePath)}/sign-in">
${hidden('token', given.token)}${hidden('next', given.next)}
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="128" required autofocus value="${escaped(refusal?.name ?? '')}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form>${signOnForm(given)}`
  return shown('Sign in', body, refusal)
}

function signOnForm(given: Parameters<typeof signInPage>[0]): string {
  if (given.provider === undefined) return ''
  return `<form method="post" action="${escaped(given.basePath)}/sign-on">
${hidden('token', given.token)}${hidden('next', given.next)}
<button>Sign in with ${escaped(given.provider)}</button></form>`
}

/**
 * Sends a browser to the provider. A page, and no redirect: a form may lead to this server only, and browsers hold each
 * redirect after it to that.
 */
export function leavingPage(url: string, provider: string): RawAnswer {
  const { headers, ...answer } = page(
    'Signing in · Orrery',
    `<main><p>On to <a href="${escaped(url)}">${escaped(provider)}</a> …</p></main>`,
    STYLE,
  )
  return { ...answer, headers: { ...headers, refresh: `0;url=${url}` } }
}

/** What a sign-on was refused for, with the way back. */
export function refusedPage(status: number, says: string, basePath: string): RawAnswer {
  const body = `<h1>Not signed in</h1>${refused({ status, says, name: '' })}
<p><a href="${escaped(basePath)}/sign-in">Sign in</a></p>`
  return { ...page('Not signed in · Orrery', `<main>${body}</main>`, STYLE), status }
}

/** For whoever opens the page and is signed in. */
export function signedInPage(given: {
  readonly basePath: string
  readonly name: string
  readonly next: string
}): RawAnswer {
  const body = `<h1>Orrery</h1><p>You are signed in as <strong>${escaped(given.name)}</strong>.</p>
<p><a href="${escaped(given.next)}">Continue</a></p>${signOutForm(given.basePath)}`
  return shown('Signed in', body)
}

/** @param link the secret of the link, which the form brings back */
export function setupPage(
  given: { readonly basePath: string; readonly link: string },
  refusal?: Refusal,
): RawAnswer {
  const body = `<h1>Set up Orrery</h1>
<p>You become the first administrator of this server and an owner of the workspace <strong>default</strong>.</p>${refused(refusal)}
<form method="post" action="${escaped(given.basePath)}/setup">
${hidden('link', given.link)}
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="128" required autofocus value="${escaped(refusal?.name ?? '')}">
${newPassword('Make the account and sign in')}</form>`
  return shown('Set up', body, refusal)
}

/** @param link the secret of the link, which the form brings back */
export function resetPage(
  given: { readonly basePath: string; readonly link: string; readonly name: string },
  refusal?: Refusal,
): RawAnswer {
  const body = `<h1>A new password</h1>
<p>For the account <strong>${escaped(given.name)}</strong>. Where it is signed in now, it is signed out.</p>${refused(refusal)}
<form method="post" action="${escaped(given.basePath)}/reset-password">
${hidden('link', given.link)}
${newPassword('Set it and sign in')}</form>`
  return shown('A new password', body, refusal)
}

/** Two fields and the button behind them. */
const newPassword = (button: string) => `<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${ACCESS_LIMITS.passwordMin}" required>
<label for="again">The same password again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required>
<p class="note">At least ${ACCESS_LIMITS.passwordMin} characters. Only its hash is stored, so nobody can tell it to you again.</p>
<button>${button}</button>`

/** The button that ends the session of a browser. */
export function signOutForm(basePath: string): string {
  return `<form method="post" action="${escaped(basePath)}/sign-out"><button>Sign out</button></form>`
}

/** What a verb refused, for the page: the sentence and the next step. */
export function refusalOf(problem: Problem, name: string): Refusal {
  const { status, told, retryAfterSeconds } = problem
  return { status, says: told, retryAfterSeconds, name }
}

function shown(title: string, body: string, refusal?: Refusal): RawAnswer {
  const answer = withForms(page(`${title} · Orrery`, `<main>${body}</main>`, STYLE))
  if (refusal === undefined) return answer
  const { status, retryAfterSeconds } = refusal
  if (retryAfterSeconds === undefined) return { ...answer, status }
  return { ...answer, status, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } }
}

const refused = (refusal: Refusal | undefined) =>
  refusal === undefined ? '' : `<p class="refused" role="alert">${escaped(refusal.says)}</p>`

const hidden = (name: string, value: string) =>
  `<input type="hidden" name="${name}" value="${escaped(value)}">`
